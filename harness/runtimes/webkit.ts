/**
 * WebKit over WebDriver: WebKitGTK's MiniBrowser, or Safari. Each page has a session of its own, which is a browser of its own; the
 * driver takes one at a time.
 */
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { oneLine, UsageError } from '../errors.ts';
import { BROWSER_GONE, CRASHED } from '../protocol.ts';
import type { Browser } from './browser.ts';
import { closed } from './browser-process.ts';
import type { RuntimeOptions } from './runtime.ts';
import { endGroup, startDisplay, startDriver } from './service.ts';
import { Session } from './webdriver.ts';
import { webkitPrograms } from './webkit-programs.ts';

/** WebKitGTK 2.50 has both, and leaves them off. The relaxed dot product of int8 is not in it. */
const SETTINGS = { JSC_useSharedArrayBuffer: '1', JSC_useWasmRelaxedSIMD: '1' };

export async function launchWebkit({ browserPath, browserArgs = [] }: RuntimeOptions): Promise<Browser> {
  if (browserPath !== undefined && !existsSync(browserPath))
    throw new UsageError(`no browser at ${browserPath}`);
  const { driver, display } = webkitPrograms();
  const children: ChildProcess[] = [];
  const endAll = () => {
    for (const child of children) endGroup(child);
  };
  try {
    const settings = process.platform === 'linux' ? SETTINGS : {};
    let env: NodeJS.ProcessEnv = { ...process.env, ...settings };
    if (display !== undefined) {
      const screen = await startDisplay(display);
      children.push(screen.child);
      env = { ...env, DISPLAY: screen.name };
    }
    const service = await startDriver(driver, env);
    children.push(service.child);
    const capabilities =
      browserPath === undefined && browserArgs.length === 0
        ? {}
        : {
            'webkitgtk:browserOptions': {
              ...(browserPath ? { binary: browserPath } : {}),
              args: ['--automation', ...browserArgs],
            },
          };
    const open = () => Session.open(service.endpoint, capabilities);
    // Says whether it works at all, and what it is; then it shows the first page.
    const first = await open();
    return new WebKit(children, open, first, {
      // An engine by its browser's version: the one in the user agent has been the same for years.
      ...{
        runtime: 'webkit',
        version: first.browser.version,
        engine: 'jsc',
        engineVersion: first.browser.version,
      },
      flags: [...Object.entries(settings).map((each) => each.join('=')), ...browserArgs],
    });
  } catch (error) {
    endAll();
    throw error instanceof UsageError ? error : new UsageError(`webkit cannot be started: ${oneLine(error)}`);
  }
}

/** A page that crashed is known by its silence too, but later and not as that. */
const WATCH_MS = 3000;

class WebKit implements Browser {
  readonly known: Browser['known'];
  readonly tellsMemory = false;
  gone = false;
  readonly #children: readonly ChildProcess[];
  readonly #open: () => Promise<Session>;
  #waiting: Session | undefined;
  #onGone: ((how: string) => void) | undefined;

  constructor(
    children: readonly ChildProcess[],
    open: () => Promise<Session>,
    first: Session,
    known: Browser['known'],
  ) {
    this.#children = children;
    this.#open = open;
    this.#waiting = first;
    this.known = known;
    for (const child of children) child.once('exit', () => this.#end());
  }

  async open(url: string, onGone: (how: string) => void) {
    this.#onGone = onGone;
    const session = this.#waiting ?? (await this.#open());
    this.#waiting = undefined;
    await session.show(url);
    // WebDriver tells nothing by itself.
    const watch = setInterval(async () => {
      if ((await session.state()).kind === 'crashed') onGone(CRASHED);
    }, WATCH_MS);
    return {
      close: () => {
        clearInterval(watch);
        return session.close();
      },
    };
  }

  async close(): Promise<void> {
    const session = this.#waiting;
    this.#waiting = undefined;
    await session?.close();
    this.#end();
    await Promise.all(this.#children.map((child) => closed(child, async () => {})));
  }

  #end(): void {
    if (this.gone) return;
    this.gone = true;
    this.#onGone?.(BROWSER_GONE);
    for (const child of this.#children) endGroup(child);
  }
}
