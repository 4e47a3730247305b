/** `zoo serve`: a page that measures in whatever browser opens it, and takes its records back. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { UserFiles } from '../catalogue.ts';
import { oneLine } from '../errors.ts';
import { originOf } from '../origin.ts';
import { servePages } from '../page/server.ts';
import { appendRecord } from '../record.ts';
import { moduleFile } from '../root.ts';
import type { Given } from './given.ts';
import { checkedRecords, Refused, readUpload } from './upload.ts';

export interface ServeOptions {
  readonly files: UserFiles;
  /** Records that pages send are appended to it. */
  readonly recordsFile: string;
  /** Default: loopback. */
  readonly host?: string;
  readonly port?: number;
  onRecords?(count: number): void;
}

export interface Serving {
  /** The address to open, with its token. */
  readonly url: string;
  close(): Promise<void>;
}

/** Nothing but what this server gives, and no markup that runs: names and reasons of kernels are text. */
const POLICY = [
  "default-src 'none'",
  ...['script', 'style', 'connect', 'worker'].map((kind) => `${kind}-src 'self'`),
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const read = (name: string) => readFileSync(new URL(name, import.meta.url));

/** @throws UsageError where a user's file cannot be bundled; Error where the address is not to be had */
export async function serveZoo({
  files,
  recordsFile,
  host,
  port,
  onRecords,
}: ServeOptions): Promise<Serving> {
  const origin = originOf(files);
  let room = MOST_BYTES_IN_ALL;
  const give = (response: ServerResponse, type: string, body: string | Uint8Array, status = 200): true => {
    response.writeHead(status, {
      'Content-Type': `${type}; charset=utf-8`,
      'Content-Security-Policy': POLICY,
    });
    response.end(body);
    return true;
  };
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<true> => {
    try {
      const text = await readUpload(request, room);
      const records = checkedRecords(text);
      room -= text.length;
      for (const record of records) appendRecord(recordsFile, record);
      onRecords?.(records.length);
      return give(response, 'text/plain', `The server has ${records.length} records more.`);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      // What is not read of it would stand in front of the next request.
      response.setHeader('Connection', 'close');
      request.resume();
      return give(response, 'text/plain', oneLine(error), error.status);
    }
  };
  const server = await servePages({
    files,
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    entries: [moduleFile('harness/serve/page.ts')],
    async handle(path, request, response) {
      if (request.method === 'POST') return path === 'records' && (await take(request, response));
      if (request.method !== 'GET') return false;
      if (path === '') return give(response, 'text/html', read('./page.html'));
      if (path === 'page.css') return give(response, 'text/css', read('./page.css'));
      if (path !== 'given') return false;
      return give(
        response,
        'application/json',
        JSON.stringify({ files: server.files, origin } satisfies Given),
      );
    },
  });
  return server;
}

/** A person's runs of a day; a program that fills the disk ends there. */
const MOST_BYTES_IN_ALL = 256 << 20;
