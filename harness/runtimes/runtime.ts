/** What the runner needs of an engine, and the names by which people choose one. */
import type { UserFiles } from '../catalogue.ts';
import { UsageError, unknown } from '../errors.ts';
import type { FromCell, ToCell } from '../protocol.ts';

/** A process or page that measures. */
export interface CellProcess {
  kill(): void;
  /** Tells a process that has ended its turn to go on. */
  go?(): void;
}

export interface CellEvents {
  onMessage(message: FromCell): void;
  /** Called once, when the process is gone. `how` says how it ended, in words. */
  onExit(how: string): void;
}

/** A place where one process or page at a time measures. */
export interface Lane {
  /**
   * Starts a fresh process or page: it takes one message, answers it, and ends.
   * @param cpu one of `cpus`: the only one it is to run on
   */
  start(message: ToCell, events: CellEvents, cpu?: number): CellProcess;
  /** Can its processes take turns? Then they have {@link CellProcess.go}. */
  readonly takesTurns?: boolean;
  /** That its processes can be bound to; none where the system does not bind. */
  readonly cpus?: readonly number[];
  /** Why nothing can be started here any more: the node of a grid went away. */
  readonly lost?: string | undefined;
}

export interface Runtime {
  /** As in `--runtime` and in records. */
  readonly name: string;
  /** Is it this machine? Then it waits until no other runtime here measures. */
  readonly local: boolean;
  /** More than one where machines measure at the same time: the nodes of a grid. */
  readonly lanes: readonly Lane[];
  close(): Promise<void>;
}

export interface RuntimeOptions {
  /** Files that a page has to have bundled with it. */
  readonly files: UserFiles;
  /** The browser's program, where it is not where packages put it. */
  readonly browserPath?: string;
  readonly browserArgs?: readonly string[];
  readonly remote?: RemoteOptions;
}

/** Of runtimes that are WebDriver endpoints. */
export interface RemoteOptions {
  /** Whole addresses by the runtime's name, which has no user's name, key or query in it. */
  readonly addresses: ReadonlyMap<string, URL>;
  /** Browsers at once; default: 1. */
  readonly sessions?: number;
  /** W3C capabilities, `browserName` among them; default: what the endpoint has. */
  readonly capabilities?: Readonly<Record<string, unknown>>;
  /** Address of this machine under which the endpoint's browsers reach it; default: loopback. */
  readonly host?: string;
}

/** Those that are browsers of this machine. */
export const BROWSERS: readonly string[] = ['chromium', 'firefox', 'webkit'];
/** Those without a version or an address; the first is the default. */
export const RUNTIMES: readonly string[] = ['node', 'bun', 'deno', ...BROWSERS];
/** Before the address of a WebDriver endpoint. */
export const REMOTE = 'remote:';
const FORMS = ['node@20', `${REMOTE}http://127.0.0.1:4444`];

/** A page, which is given the name of its runtime, has none. */
const VERSIONS: object = (globalThis as { process?: NodeJS.Process }).process?.versions ?? {};

/** What is measured in where nothing else is said: Node, but for who runs this by another engine. */
export const DEFAULT_RUNTIME = ['bun', 'deno'].find((engine) => engine in VERSIONS) ?? 'node';

/** Of a WebDriver endpoint; undefined for what is none. */
export function addressOf(runtime: string): URL | undefined {
  const address = runtime.slice(REMOTE.length);
  return runtime.startsWith(REMOTE) && URL.canParse(address) ? new URL(address) : undefined;
}

/** Is it `22`, `22.12` or `22.12.0`? */
export function isVersion(text: string): boolean {
  return /^\d+(\.\d+){0,2}$/.test(text);
}

/** Is it one that is started as a process, and no browser, here or elsewhere? */
export function isProcess(runtime: string): boolean {
  return !BROWSERS.includes(runtime) && !runtime.startsWith(REMOTE);
}

/** `node@22 --no-opt` is `node@22` with V8's flag `--no-opt`. */
export function splitFlags(runtime: string): { readonly name: string; readonly flags: readonly string[] } {
  const [name = '', ...flags] = runtime.trim().split(/\s+/);
  return { name, flags };
}

/** Can it be given V8's flags? */
export function takesFlags(runtime: string): boolean {
  return /^(node|deno)(@|$)/.test(splitFlags(runtime).name);
}

/** @throws UsageError for a name that no runtime has, and for flags that it cannot be given */
export function checkRuntime(runtime: string): void {
  const { name, flags } = splitFlags(runtime);
  const wrong = flags.find((flag) => !/^--[\w-]+(=\S+)?$/.test(flag));
  if (wrong !== undefined)
    throw new UsageError(`"${wrong}" behind ${name} is no flag: write it as --flag or --flag=1`);
  if (flags.length > 0 && !takesFlags(name))
    throw new UsageError(`${name} takes no flags here: they are V8's, for node and deno`);
  checkName(name);
}

function checkName(name: string): void {
  if (RUNTIMES.includes(name)) return;
  const [, engine, version = ''] = /^(node|bun|deno)@(.*)$/.exec(name) ?? [];
  if (engine !== undefined) {
    if (isVersion(version)) return;
    throw new UsageError(
      `no version of ${engine}: "${name}"; write it as ${engine}@1, ${engine}@1.2 or ${engine}@1.2.0`,
    );
  }
  if (name.startsWith(REMOTE)) {
    const protocol = addressOf(name)?.protocol;
    if (protocol === 'http:' || protocol === 'https:') return;
    // What was given may hold a key: it is not repeated.
    throw new UsageError(
      `${REMOTE} needs the http or https address of a WebDriver endpoint: ${FORMS.at(-1)}`,
    );
  }
  throw unknown('runtime', name, [...RUNTIMES, ...FORMS]);
}
