/** A WebDriver endpoint as a runtime: a lane for each session that it gives, on whichever node that is. */
import { oneLine, UsageError } from '../errors.ts';
import { type Page, type PageServer, servePages } from '../page/server.ts';
import type { FromCell, ToCell } from '../protocol.ts';
import type { HostInfo } from '../record.ts';
import { isLoopback, isWildcard } from './addresses.ts';
import {
  type CellEvents,
  type CellProcess,
  CRASHED,
  type Lane,
  type Runtime,
  type RuntimeOptions,
} from './runtime.ts';
import { Session } from './webdriver.ts';

/** Grids and clouds end a session that is given no command for a minute and a half or more. */
const KEEP_ALIVE_MS = 30_000;

/**
 * @param name as in records: without the key of the address
 * @throws UsageError where the endpoint does not give all the sessions
 */
export async function openRemote(name: string, { files, remote }: RuntimeOptions): Promise<Runtime> {
  const endpoint = remote?.addresses.get(name);
  if (!remote || !endpoint) throw new UsageError(`the address of ${name} is not known`);
  const { sessions = 1, capabilities = {}, host } = remote;
  if (host === undefined && !isLoopback(endpoint.hostname)) {
    throw new UsageError(
      `browsers of ${endpoint.host} cannot reach this machine: give its address with --host, or forward the endpoint to a port of loopback`,
    );
  }
  if (host !== undefined && isWildcard(host)) {
    throw new UsageError(
      `--host ${host} is no address that a browser can open: give the one under which ${endpoint.host} reaches this machine`,
    );
  }
  const server = await servePages({ files, ...(host === undefined ? {} : { host }) }).catch((error) => {
    throw host === undefined ? error : new UsageError(`--host ${host}: ${oneLine(error)}`);
  });
  const open = () => Session.open(endpoint, capabilities);
  // The first alone: WebKitWebDriver, which takes one at a time, refuses a second only when the first is there.
  const first = await Promise.allSettled([open()]);
  const others = first[0].status === 'fulfilled' ? sessions - 1 : 0;
  const opened = [...first, ...(await Promise.allSettled(Array.from({ length: others }, open)))];
  const given = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const refused = opened.find((each) => each.status === 'rejected');
  if (refused) {
    await Promise.all([...given.map((session) => session.close()), server.close()]);
    const count = sessions === 1 ? 'no session' : `${given.length} of ${sessions} sessions`;
    throw new UsageError(`${name} gives ${count}: ${oneLine(refused.reason)}`);
  }
  const lanes = given.map((session) => new Node(server, session, open));
  return {
    name,
    local: false,
    lanes,
    async close() {
      await server.close();
      await Promise.all(lanes.map((lane) => lane.close()));
    },
  };
}

/** A session and what comes in its place when a page takes it along. */
class Node implements Lane {
  lost: string | undefined;
  readonly #server: PageServer;
  readonly #open: () => Promise<Session>;
  #session: Session;
  #crashed = false;
  /** It has said once what it is. */
  #known = false;

  constructor(server: PageServer, session: Session, open: () => Promise<Session>) {
    this.#server = server;
    this.#session = session;
    this.#open = open;
  }

  start(message: ToCell, events: CellEvents): CellProcess {
    let busy: Promise<unknown> = Promise.resolve();
    const onMessage = (reply: FromCell) => {
      this.#known ||= reply.kind === 'probed';
      events.onMessage(reply);
    };
    const page: Page = this.#server.page(
      message,
      {
        onMessage,
        onExit: (how) => {
          clearInterval(alive);
          void busy
            .then(() => this.#look())
            .then(() => {
              // Who cannot say what it is would fail every cell that others can measure.
              if (!this.#known) this.lost ??= `its page ${how}`;
              events.onExit(this.lost ?? (this.#crashed ? CRASHED : how));
            });
        },
      },
      this.#described,
    );
    const alive = setInterval(async () => {
      const state = await this.#session.state();
      if (state.kind === 'lost') page.end(state.how);
      if (state.kind === 'crashed') page.end(CRASHED);
    }, KEEP_ALIVE_MS);
    busy = this.#show(page).catch((error) => page.end(`could not be opened: ${oneLine(error)}`));
    return { kill: () => page.end('was ended') };
  }

  get #described(): Partial<HostInfo> {
    const { name, version, platform } = this.#session.browser;
    return { version: `${name} ${version}`, os: platform };
  }

  async #show(page: Page): Promise<void> {
    if (this.lost !== undefined) throw new Error(this.lost);
    if (this.#crashed) {
      await this.#session.close();
      this.#session = await this.#open();
      this.#crashed = false;
    }
    await this.#session.showFresh(page.url);
  }

  /** After each page: is the browser still there? */
  async #look(): Promise<void> {
    if (this.lost !== undefined) return;
    const state = await this.#session.state();
    if (state.kind === 'lost') this.lost = `the session is lost: ${state.how}`;
    if (state.kind === 'crashed') this.#crashed = true;
  }

  async close(): Promise<void> {
    await this.#session.close();
  }
}
