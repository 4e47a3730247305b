/**
 * The server of the pages that measure: on loopback, below a random token, with the headers that isolate a page, so that it
 * has SharedArrayBuffer and a fine clock. A page is told its job, says what it has measured in order, and gives a sign of life
 * once a second; where that stops, its end is told to the runner as that of a process would be.
 */
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, sep } from 'node:path';
import type { UserFiles } from '../catalogue.ts';
import { oneLine } from '../errors.ts';
import type { FromCell, ToCell } from '../protocol.ts';
import type { HostInfo } from '../record.ts';
import type { CellEvents } from '../runtimes/runtime.ts';
import { bundlePages, fileOf, GGUF, PAGE } from './bundle.ts';
import {
  type Answer,
  MISSED_PULSES,
  type PageFiles,
  type PageJob,
  PULSE_MS,
  type Pulse,
  type Question,
} from './job.ts';

export interface PageServerOptions {
  readonly files: UserFiles;
  /** Address to listen on; default: loopback, where the token is known to nobody else. */
  readonly host?: string;
  /** Default: one that is free. */
  readonly port?: number;
  /** Further files of code to bundle, for pages of another kind. */
  readonly entries?: readonly string[];
  /** Answers what is below the token and not known here: `true` where it has. */
  readonly handle?: (path: string, request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
}

export interface PageServer {
  /** Everything is below it: `http://127.0.0.1:40123/token/`. */
  readonly url: string;
  /** A user's files as pages are told of them. */
  readonly files: PageFiles;
  /**
   * Begins a conversation with a page that is to be opened.
   * @param known what the page cannot know of the browser and the machine that it runs on
   * @param driver answers what the page asks of it; without one it is not asked
   */
  page(message: ToCell, events: CellEvents, known?: Partial<HostInfo>, driver?: Driver): Page;
  /** Ends the conversations too. */
  close(): Promise<void>;
}

export type Driver = (question: Question) => Promise<Answer>;

/** A conversation: `onExit` is called once, when the page has said that it is at its end, when it is silent, or by `end`. */
export interface Page {
  /** What the browser is to open. */
  readonly url: string;
  /** For a driver that knows better: `crashed`, `was ended`. A page that still runs stops at its next sign of life. */
  end(how: string): void;
}

/** Seconds that a browser may take from when it is told an address until its page asks for its job. */
const OPENING_PULSES = 60;
/** A record with its samples is a hundredth of it. */
const MOST_BYTES = 32 << 20;

const TYPES: Readonly<Record<string, string>> = {
  '.wasm': 'application/wasm',
  '.wgsl': 'text/plain; charset=utf-8',
  '.json': 'application/json',
  '.bin': 'application/octet-stream',
};

/** @throws UsageError, in one line, where a user's file cannot be bundled */
export async function servePages(options: PageServerOptions): Promise<PageServer> {
  const base = `/${randomBytes(24).toString('base64url')}/`;
  const bundle = await bundlePages(options.files, base, options.entries);
  const pages = new Map<string, Conversation>();
  let opened = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
    if (!pathname.startsWith(base)) return refuse(response, 404);
    const path = decodeURIComponent(pathname.slice(base.length));
    const [, id, action] = /^pages\/(\d+)\/(\w*)$/.exec(path) ?? [];
    if (id !== undefined) return converse(pages.get(id), action ?? '', search, request, response);
    if (request.method === 'GET') {
      await bundle.bring(path);
      const code = bundle.code.get(path);
      if (code) return give(response, 'text/javascript; charset=utf-8', code);
      if (path === GGUF && options.files.gguf !== undefined)
        return await giveRange(options.files.gguf, request, response);
      const asset = await assetOf(path, bundle.folders);
      if (asset) return give(response, asset.type, await readFile(asset.file));
    }
    if (await options.handle?.(path, request, response)) return;
    refuse(response, 404);
  };

  const converse = async (
    page: Conversation | undefined,
    action: string,
    search: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    const is = (method: string, name: string) => request.method === method && action === name;
    if (is('GET', '')) return give(response, 'text/html; charset=utf-8', HTML);
    if (is('POST', 'alive')) {
      page?.heard();
      return giveJson(response, { over: page?.over ?? true } satisfies Pulse);
    }
    if (!page || page.over) return refuse(response, 410);
    page.heard();
    if (is('GET', 'job')) {
      // A page that is loaded anew would measure again what is in the records already.
      return page.take() ? giveJson(response, page.job) : refuse(response, 410);
    }
    if (is('POST', 'said')) {
      const message = (await readJson(request)) as FromCell;
      return page.said(Number(search.slice(1)), message) ? giveJson(response, {}) : refuse(response, 409);
    }
    if (is('POST', 'driver') && page.driver) {
      return giveJson(response, await page.driver((await readJson(request)) as Question));
    }
    if (is('POST', 'end')) {
      const { how } = (await readJson(request)) as { how: string };
      giveJson(response, {});
      return page.end(String(how));
    }
    refuse(response, 404);
  };

  const server = createServer((request, response) => {
    for (const [name, value] of HEADERS) response.setHeader(name, value);
    answer(request, response).catch((error) => {
      if (response.headersSent) response.destroy();
      else refuse(response, error instanceof BadRequest ? 400 : 500, oneLine(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
  });
  const { address, port, family } = server.address() as AddressInfo;
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}${base}`;

  return {
    url,
    files: bundle.files,
    page(message, events, known = {}, driver) {
      const id = String(opened++);
      const asks = driver ? { driver: `${base}pages/${id}/driver` } : {};
      const page = new Conversation({ message, files: bundle.files, known, ...asks }, events, driver);
      pages.set(id, page);
      return { url: `${url}pages/${id}/`, end: (how) => page.end(how) };
    },
    async close() {
      for (const page of pages.values()) page.end('was ended');
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One page: what it said, and whether it is still there. */
class Conversation {
  readonly job: PageJob;
  readonly driver: Driver | undefined;
  over = false;
  readonly #events: CellEvents;
  readonly #watch: NodeJS.Timeout;
  #taken = false;
  #expected = 0;
  /** Counted, not read from a clock: a runner that was busy itself has not listened. */
  #missed = 0;

  constructor(job: PageJob, events: CellEvents, driver?: Driver) {
    this.job = job;
    this.driver = driver;
    this.#events = events;
    this.#watch = setInterval(() => this.#tick(), PULSE_MS);
  }

  #tick(): void {
    this.#missed++;
    if (!this.#taken) {
      const seconds = (OPENING_PULSES * PULSE_MS) / 1000;
      if (this.#missed >= OPENING_PULSES) this.end(`did not open its page within ${seconds} s`);
    } else if (this.#missed >= MISSED_PULSES) {
      this.end(`gave no sign of life for ${(MISSED_PULSES * PULSE_MS) / 1000} s`);
    }
  }

  heard(): void {
    this.#missed = 0;
  }

  /** Once. */
  take(): boolean {
    const first = !this.#taken;
    this.#taken = true;
    return first;
  }

  /** @returns false where a message is missing in front of it */
  said(number: number, message: FromCell): boolean {
    // Sent again, because the answer was lost.
    if (number < this.#expected) return true;
    if (number !== this.#expected) return false;
    this.#expected++;
    this.#events.onMessage(message);
    return true;
  }

  end(how: string): void {
    if (this.over) return;
    this.over = true;
    clearInterval(this.#watch);
    this.#events.onExit(how);
  }
}

/** What isolates the page, and keeps what it loads from being kept for the next. */
const HEADERS: readonly (readonly [string, string])[] = [
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Embedder-Policy', 'require-corp'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Cache-Control', 'no-store'],
  ['Referrer-Policy', 'no-referrer'],
  ['X-Content-Type-Options', 'nosniff'],
];

const HTML = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>kernel-zoo</title><link rel="icon" href="data:,"></head>
<body><script type="module" src="../../${PAGE}"></script></body></html>
`;

function give(response: ServerResponse, type: string, body: string | Uint8Array): void {
  response.writeHead(200, { 'Content-Type': type });
  response.end(body);
}

function giveJson(response: ServerResponse, value: unknown): void {
  give(response, 'application/json', JSON.stringify(value));
}

function refuse(response: ServerResponse, status: number, why = ''): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(why);
}

/** Of a known kind, in or below the folder of a module that names itself, also behind links. */
async function assetOf(
  path: string,
  folders: ReadonlySet<string>,
): Promise<{ file: string; type: string } | undefined> {
  const file = fileOf(path);
  const type = TYPES[extname(path)];
  if (file === undefined || type === undefined) return undefined;
  const below = (name: string, folder: string) =>
    name.startsWith(folder.endsWith(sep) ? folder : folder + sep);
  const folder = [...folders].find((each) => below(file, each));
  if (folder === undefined) return undefined;
  const [real, realFolder] = await Promise.all([realpath(file), realpath(folder)]).catch(() => ['', '']);
  return below(real!, realFolder!) ? { file: real!, type } : undefined;
}

/** One range of a large file; without one, all of it. */
async function giveRange(file: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { size } = await stat(file);
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  const start = Number(first ?? 0);
  const end = Math.min(Number(last ?? size - 1), size - 1);
  if (start > end) return refuse(response, 416);
  response.writeHead(first === undefined ? 200 : 206, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': end - start + 1,
    ...(first === undefined ? {} : { 'Content-Range': `bytes ${start}-${end}/${size}` }),
  });
  await new Promise<void>((resolve, reject) => {
    createReadStream(file, { start, end }).on('error', reject).pipe(response).on('close', resolve);
  });
}

class BadRequest extends Error {}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MOST_BYTES) throw new BadRequest(`more than ${MOST_BYTES} bytes`);
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    throw new BadRequest('no JSON');
  }
}
