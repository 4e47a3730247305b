/** Measuring processes: Node, Bun and Deno, which all run the same entry and answer over the same channel. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { UsageError } from '../errors.ts';
import { MEMORY_FLAGS } from '../memory/node.ts';
import type { FromCell, Go, ToCell } from '../protocol.ts';
import { moduleFile } from '../root.ts';
import { COMPILE_CACHE, LOADER } from '../typescript.ts';
import { SWIFTSHADER } from './process-gpu.ts';
import { thisEngine } from './process-host.ts';
import { type CellEvents, type CellProcess, type Runtime, splitFlags } from './runtime.ts';
import { installed, ofVersion, type Package } from './versions.ts';

/** Flags of every measuring process on V8; part of the record. A leak ends as a failed cell, not as a machine that swaps. */
export const MEASURING_FLAGS: readonly string[] = [...MEMORY_FLAGS, '--max-old-space-size=1024'];

/** A program, and which of the three it is. */
export interface Program {
  readonly engine: Package;
  readonly file: string;
  /** That this version needs, beside those that are asked for. */
  readonly flags: readonly string[];
}

/** What a version of Node needs: relaxed SIMD, which Node 20 has behind a flag and later ones have without. */
function flagsOf(version: string): readonly string[] {
  return Number.parseInt(version, 10) === 20 ? ['--experimental-wasm-relaxed-simd'] : [];
}

/** The program that runs this. */
export function thisProgram(): Program {
  const { runtime, version } = thisEngine();
  const engine = runtime as Package;
  return { engine, file: process.execPath, flags: engine === 'node' ? flagsOf(version) : [] };
}

/** The pinned Node; where none is installed, as with a published package, the one that runs this. */
function pinnedNode(): Program {
  const file = installed('node');
  if (file !== undefined) return { engine: 'node', file, flags: [] };
  const own = thisProgram();
  if (own.engine === 'node') return own;
  throw new UsageError(
    `this runs in ${own.engine}, and node is not installed beside it: run \`npm install node\`, or name a version, as in node@24, which is fetched`,
  );
}

export function nodeBinary(): string {
  return pinnedNode().file;
}

/**
 * What `--runtime` names: `node`, `bun` and `deno` as they are installed, `node@22` fetched at the first use; with flags of V8 behind it.
 * @returns undefined for a runtime that is no process
 * @throws UsageError, in one line, where it is not installed or cannot be fetched
 */
export function programOf(runtime: string): Program | undefined {
  const { name, flags } = splitFlags(runtime);
  const program = programNamed(name);
  return program && { ...program, flags: [...program.flags, ...flags] };
}

function programNamed(runtime: string): Program | undefined {
  const [name, version] = runtime.split('@');
  if (name !== 'node' && name !== 'bun' && name !== 'deno') return undefined;
  if (version !== undefined)
    return { engine: name, file: ofVersion(name, version), flags: name === 'node' ? flagsOf(version) : [] };
  if (name === 'node') return pinnedNode();
  const file = installed(name);
  if (file === undefined && thisEngine().runtime === name) return thisProgram();
  if (file === undefined) {
    throw new UsageError(
      `${name} is not installed: run \`npm install ${name}\`, or name a version, as in ${name}@${LATEST[name]}, which is fetched`,
    );
  }
  return { engine: name, file, flags: [] };
}

/** Versions to suggest: those that the zoo was tried with. */
const LATEST = { bun: '1.4', deno: '2.9' } as const;

/** A runtime that is a process on this machine. */
export function openProcess(name: string): Runtime {
  const program = programOf(name)!;
  return {
    name,
    local: true,
    lanes: [
      {
        takesTurns: true,
        // Asked for by pairs only: finding out starts a process.
        get cpus() {
          return cpusToBind();
        },
        start: (message, events, cpu) =>
          startProcessCell(message, events, { program, ...(cpu === undefined ? {} : { cpu }) }),
      },
    ],
    close: async () => {},
  };
}

/** CPUs that this process may run on and can bind another to: on Linux, with util-linux. */
export function cpusToBind(): readonly number[] {
  cpus ??= findCpus();
  return cpus;
}

let cpus: readonly number[] | undefined;

function findCpus(): readonly number[] {
  const status = '/proc/self/status';
  if (process.platform !== 'linux' || !existsSync(status)) return [];
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync(status, 'utf8'))?.[1] ?? '';
  const allowed = list.split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number);
    return Number.isInteger(first) ? Array.from({ length: last - first + 1 }, (_, i) => first + i) : [];
  });
  const works = allowed.length > 0 && spawnSync('taskset', ['-c', String(allowed[0]), 'true']).status === 0;
  return works ? allowed : [];
}

/** A command line, bound to a CPU where one is given. */
export function boundTo(
  cpu: number | undefined,
  line: readonly string[],
): [command: string, ...args: string[]] {
  const [command = '', ...args] = cpu === undefined ? line : ['taskset', '-c', String(cpu), ...line];
  return [command, ...args];
}

export interface ProcessCellOptions {
  /** The only one it runs on, with all its threads; default: where the system puts it. */
  readonly cpu?: number;
  /** Default: the pinned Node. */
  readonly program?: Program;
  /** Of V8; an empty list: the heap that users have. Bun has another engine and gets none. */
  readonly flags?: readonly string[];
  /** Gets what the process prints, where that is asked for. */
  onOutput?(text: string): void;
}

export function startProcessCell(
  message: ToCell,
  events: CellEvents,
  { program = pinnedNode(), flags = MEASURING_FLAGS, cpu, onOutput }: ProcessCellOptions = {},
): CellProcess {
  const entry = moduleFile('harness/runtimes/process-cell.ts');
  const line = [program.file, ...commandLine(program.engine, [...flags, ...program.flags], entry)];
  const [command, ...args] = boundTo(cpu, line);
  const child: ChildProcess = spawn(command, args, {
    stdio: ['ignore', onOutput ? 'pipe' : 'ignore', 'pipe', 'ipc'],
    env: environment(program.engine),
  });
  child.stdout?.setEncoding('utf8').on('data', (text: string) => onOutput?.(text));
  let stderr = '';
  child.stderr!.setEncoding('utf8');
  child.stderr!.on('data', (text: string) => {
    stderr = (stderr + text).slice(-8192);
  });
  let ended = false;
  const end = (how: string) => {
    if (ended) return;
    ended = true;
    events.onExit(how);
  };
  child.on('message', (reply) => events.onMessage(reply as FromCell));
  child.on('error', (error) => end(`could not be started: ${error.message}`));
  child.on('close', (code, signal) => end(howItEnded(code, signal, stderr)));
  child.send(message, (error) => {
    // A process that died at once: `close` says how.
    void error;
  });
  return {
    kill: () => child.kill('SIGKILL'),
    go: () => {
      // One that died meanwhile has no channel.
      if (child.connected) child.send({ kind: 'go' } satisfies Go);
    },
  };
}

/** Behind the entry stand the engine's flags once more: Deno does not tell a program what it was started with. */
function commandLine(engine: Package, flags: readonly string[], entry: string): string[] {
  switch (engine) {
    case 'node':
      return [...flags, ...LOADER, entry, ...flags];
    case 'bun':
      return [entry];
    case 'deno': {
      const v8 = flags.length > 0 ? [`--v8-flags=${flags.join(',')}`] : [];
      return ['run', '--allow-all', '--no-lock', '--no-remote', '--quiet', ...v8, entry, ...flags];
    }
  }
}

function environment(engine: Package): NodeJS.ProcessEnv {
  // Fonts of error messages would end up in reasons.
  const env: NodeJS.ProcessEnv = { ...process.env, ...COMPILE_CACHE, NODE_OPTIONS: '', NO_COLOR: '1' };
  // SwiftShader looks for a display and complains on stderr where there is no such folder.
  env.XDG_RUNTIME_DIR ??= tmpdir();
  // Bun cannot set it for the drivers that it loads, once it runs.
  if (engine === 'bun' && !env.VK_DRIVER_FILES && existsSync(SWIFTSHADER))
    env.VK_ADD_DRIVER_FILES ??= SWIFTSHADER;
  return env;
}

export function howItEnded(code: number | null, signal: string | null, stderr: string): string {
  if (/heap out of memory|Allocation failed|Array buffer allocation failed/i.test(stderr))
    return 'ran out of memory';
  const lines = stderr.split('\n').map((line) => line.trim());
  const error = lines
    .map((line) => /^(?:error: (?:Uncaught )?(?:\(in promise\) )?)?(\w*Error\b.*)/.exec(line)?.[1])
    .find(Boolean);
  const how = signal ? `was ended by ${signal}` : `exited with code ${code}`;
  return error ? `${how}: ${error}` : how;
}
