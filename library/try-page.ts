/** A page of a user's, built by Vite from the installed package and opened in Chromium. */

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import puppeteer from 'puppeteer-core';
import { build } from 'vite';
import { filesBelow } from '../harness/files.ts';
import { programOf } from '../harness/runtimes/programs.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** What `page.js` must say. No threads: a page's main thread must not wait for them. */
const EXPECTED = {
  variant: 'simd',
  c: [2, 1, 4, 3],
  p: [0.25, 0.25, 0.25, 0.25],
  t: [0, 1],
  d: 32,
  threads: 'useThreads: a page cannot wait for its workers, so its kernels run on the calling thread',
};

/**
 * @param project holds `index.html` and the installed package
 * @returns what was built, in words
 * @throws Error where it does not build, or the page says anything else
 */
export async function tryPage(project: string): Promise<string> {
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  await build({
    root: project,
    customLogger: {
      ...{ info() {}, warn, warnOnce: warn, error: warn, clearScreen() {}, hasErrorLogged: () => false },
      hasWarned: false,
    },
  });
  if (warnings.length > 0) throw new Error(`Vite warns: ${warnings.join('\n')}`);
  const folder = join(project, 'dist');
  const server = createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : request.url!;
    try {
      const body = readFileSync(join(folder, path));
      response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream').end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const executablePath = programOf('chromium');
  const browser = await puppeteer.launch({
    executablePath,
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const outcome = await page.waitForFunction('globalThis.outcome', { timeout: 20_000 });
    const said = JSON.stringify(await outcome.jsonValue());
    if (said !== JSON.stringify(EXPECTED)) throw new Error(`the page says ${said}`);
  } finally {
    await browser.close();
    server.close();
  }
  const files = filesBelow(folder, '.', /./).filter((file) => /\.\w+$/.test(file));
  return `${files.length} files: ${files.join(' ')}`;
}
