/**
 * WebKit over WebDriver: WebKitGTK's MiniBrowser, or Safari. Each page has a session of its own, which is a browser of its own; the
 * driver takes one at a time.
 */
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { oneLine, UsageError } from '../errors.ts';
import type { Browser } from './browser.ts';
import { closed } from './browser-process.ts';
import type { RuntimeOptions } from './runtime.ts';
import { endGroup, startDisplay, startDriver } from './service.ts';
import { Session } from './webdriver.ts';

/** WebKitGTK 2.50 has both, and leaves them off. The relaxed dot product of int8 is not in it. */
const SETTINGS = { JSC_useSharedArrayBuffer: '1', JSC_useWasmRelaxedSIMD: '1' };

const GTK_DRIVER = '/usr/bin/WebKitWebDriver';
const SAFARI_DRIVER = '/usr/bin/safaridriver';
const XVFB = '/usr/bin/Xvfb';

/** What a machine has for it. @throws UsageError naming what brings what is missing */
function programs(): { driver: string; display?: string } {
  if (process.platform === 'darwin') return { driver: SAFARI_DRIVER };
  if (process.platform === 'win32') throw new UsageError('webkit is to be had on Linux and macOS');
  const hasDisplay = (process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY ?? '') !== '';
  const missing = [
    ...(existsSync(GTK_DRIVER) ? [] : ['webkit2gtk-driver']),
    ...(hasDisplay || existsSync(XVFB) ? [] : ['xvfb']),
  ];
  if (missing.length > 0) {
    throw new UsageError(
      `webkit needs WebKitWebDriver and a display: \`apt-get install ${missing.join(' ')}\` on Debian`,
    );
  }
  return { driver: GTK_DRIVER, ...(hasDisplay ? {} : { display: XVFB }) };
}

/** Whether {@link launchWebkit} finds its programs, for tests and `zoo doctor`; or what brings them. */
export function findWebkit(): { driver: string } | { missing: string } {
  try {
    return programs();
  } catch (error) {
    return { missing: oneLine(error) };
  }
}

export async function launchWebkit({ browserPath, browserArgs = [] }: RuntimeOptions): Promise<Browser> {
  if (browserPath !== undefined && !existsSync(browserPath))
    throw new UsageError(`no browser at ${browserPath}`);
  const { driver, display } = programs();
  const children: ChildProcess[] = [];
  const endAll = () => {
    for (const child of children) endGroup(child);
  };
  try {
    const settings = driver === GTK_DRIVER ? SETTINGS : {};
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

class WebKit implements Browser {
  readonly known: Browser['known'];
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

  /** A page that crashes is known by its silence: WebDriver tells nothing by itself. */
  async open(url: string, onGone: (how: string) => void) {
    this.#onGone = onGone;
    const session = this.#waiting ?? (await this.#open());
    this.#waiting = undefined;
    await session.show(url);
    return { close: () => session.close() };
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
    this.#onGone?.('ended with its browser');
    for (const child of this.#children) endGroup(child);
  }
}
