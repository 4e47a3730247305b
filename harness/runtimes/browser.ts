/**
 * A browser of this machine as a runtime. One browser serves a run; each group of cells gets a page of its own in a context of
 * its own, for which chromium and firefox start a renderer process: no compiled code, type feedback or heap of an earlier
 * page is in it. The browser's other processes, the one for the GPU among them, are those of the whole run.
 */
import { cpus } from 'node:os';
import { machine } from '../environment/machine.ts';
import { watchFromOutside } from '../environment/outside.ts';
import { oneLine } from '../errors.ts';
import { type Driver, type PageServer, servePages } from '../page/server.ts';
import type { HostInfo } from '../record.ts';
import type { CellEvents, CellProcess, Runtime, RuntimeOptions } from './runtime.ts';

/** A browser that runs. */
export interface Browser {
  /** What pages cannot know: versions, flags. */
  readonly known: Partial<HostInfo>;
  /** It crashed or was closed: another has to be started. */
  readonly gone: boolean;
  /**
   * Opens a page whose process is fresh.
   * @param onGone called when the page crashes or is closed by somebody else
   */
  open(url: string, onGone: (how: string) => void): Promise<Tab>;
  /** Its tabs have a {@link Tab.driver}. */
  readonly tellsMemory: boolean;
  /** Ends all of its processes, also where it does not answer, and removes its profile. */
  close(): Promise<void>;
}

export interface Tab {
  close(): Promise<void>;
  /** What the engine tells of the page's heap; see there. */
  readonly driver?: Driver;
}

/** Longest time in which a browser opens a page, or closes one; a tenth of a second is usual. */
const PATIENCE_MS = 20_000;

/**
 * @param launch starts the browser; throws a UsageError where it is not installed
 */
export async function openBrowser(
  name: string,
  { files }: RuntimeOptions,
  launch: () => Promise<Browser>,
): Promise<Runtime> {
  const server = await servePages({ files });
  const site = new Site(
    server,
    await launch().catch((error) => server.close().then(() => Promise.reject(error))),
    launch,
  );
  return {
    name,
    local: true,
    lanes: [{ start: (message, events) => site.start(message, events) }],
    close: () => site.close(),
  };
}

class Site {
  readonly #server: PageServer;
  readonly #launch: () => Promise<Browser>;
  readonly #known: Partial<HostInfo>;
  #browser: Browser;

  constructor(server: PageServer, browser: Browser, launch: () => Promise<Browser>) {
    this.#server = server;
    this.#launch = launch;
    this.#browser = browser;
    this.#known = { ...thisMachine(), ...browser.known };
  }

  start(message: Parameters<PageServer['page']>[0], events: CellEvents): CellProcess {
    const page = this.#server.page(
      message,
      {
        onMessage: watchFromOutside((reply) => events.onMessage(reply)),
        // The next process must not start beside one that still runs.
        onExit: (how) => void this.#closeTab(tab).then(() => events.onExit(how)),
      },
      this.#known,
      this.#browser.tellsMemory ? async (question) => (await tab).driver!(question) : undefined,
    );
    const open = () =>
      within(
        PATIENCE_MS,
        this.#living().then((browser) => browser.open(page.url, page.end)),
      );
    // A browser that does not open a page is none of a kernel's doing: another may.
    const tab: Promise<Tab> = open().catch(() => this.#browser.close().then(open));
    tab.catch((error) => page.end(`could not be opened: ${oneLine(error)}`));
    return { kill: () => page.end('was ended') };
  }

  async #living(): Promise<Browser> {
    if (this.#browser.gone) {
      await this.#browser.close();
      this.#browser = await this.#launch();
    }
    return this.#browser;
  }

  async #closeTab(tab: Promise<Tab>): Promise<void> {
    try {
      await within(
        PATIENCE_MS,
        tab.then((each) => each.close()),
      );
    } catch {
      // It does not answer: without its browser the page cannot go on.
      await this.#browser.close();
    }
  }

  async close(): Promise<void> {
    await this.#server.close();
    await this.#browser.close();
  }
}

/** What a record says of this machine, for a page that runs on it. */
export function thisMachine(): Partial<HostInfo> {
  const all = cpus();
  return { cpu: all[0]?.model.trim() ?? 'unknown', cores: all.length, ...machine() };
}

export async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer from the browser within ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
