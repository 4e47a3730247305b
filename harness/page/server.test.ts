import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { NO_FILES } from '../catalogue.ts';
import type { FromCell } from '../protocol.ts';
import { PAGE, pathOf } from './bundle.ts';
import { type PageServer, servePages } from './server.ts';

let folder: string;
let server: PageServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zoo-server-'));
  writeFileSync(join(folder, 'mine.ts'), 'export default new URL("./mine.wasm", import.meta.url);');
  writeFileSync(join(folder, 'mine.wasm'), 'w');
  writeFileSync(join(folder, 'secret.txt'), 's');
  writeFileSync(join(folder, 'weights.gguf'), '0123456789');
  symlinkSync('/etc/hostname', join(folder, 'link.bin'));
  const files = { ...NO_FILES, kernels: [join(folder, 'mine.ts')], gguf: join(folder, 'weights.gguf') };
  server = await servePages({ files });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const get = (path: string, init?: RequestInit) => fetch(server.url + path, init);
const post = (url: string, body: unknown = {}) => fetch(url, { method: 'POST', body: JSON.stringify(body) });
const status = async (path: string) => (await get(path)).status;

/** As it stands: fetch would take `..` out of it. */
function rawStatus(path: string): Promise<number> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path }, (response) => resolve(response.resume().statusCode!))
      .on('error', reject)
      .end();
  });
}

describe('the server of pages', () => {
  it('isolates what it gives, on loopback, and lets nothing be kept', async () => {
    expect(new URL(server.url).hostname).toBe('127.0.0.1');
    const response = await get(PAGE);
    expect(response.status).toBe(200);
    expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(response.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect(response.headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('gives nothing without its token of 192 random bits', async () => {
    const { origin, pathname } = new URL(server.url);
    expect(pathname).toMatch(/^\/[\w-]{32}\/$/);
    expect((await fetch(`${origin}/${PAGE}`)).status).toBe(404);
    expect((await fetch(`${origin}/${'x'.repeat(32)}/${PAGE}`)).status).toBe(404);
  });

  it('gives what lies beside a kernel, and no other file', async () => {
    expect(await status('source/kernels/gelu/simd.wasm')).toBe(200);
    expect(await status('source/kernels/gelu/webgpu.wgsl')).toBe(200);
    expect(await status('source/kernels/gelu/nothing.wasm')).toBe(404);
    expect(await status('source/package.json')).toBe(404);
    expect(await status('source/kernels/gelu/simd.ts')).toBe(404);
    const mine = pathOf(join(folder, 'mine.ts'));
    expect(await status(mine)).toBe(200);
    expect(await status(mine.replace('.js', '.wasm'))).toBe(200);
    expect(await status(mine.replace('mine.js', 'secret.txt'))).toBe(404);
    // It leads out of the folder.
    expect(await status(mine.replace('mine.js', 'link.bin'))).toBe(404);
    const { pathname } = new URL(server.url);
    for (const path of ['../../package.json', '..%2f..%2fpackage.json', '%2e%2e/%2e%2e/package.json', '%']) {
      const answer = await rawStatus(`${pathname}source/kernels/gelu/${path}`);
      expect(answer, path).toBeGreaterThanOrEqual(400);
    }
  });

  it('gives ranges of a GGUF file', async () => {
    const response = await get('gguf', { headers: { Range: 'bytes=2-4' } });
    expect([response.status, await response.text()]).toEqual([206, '234']);
    expect((await get('gguf', { headers: { Range: 'bytes=10-12' } })).status).toBe(416);
    expect(server.files.gguf?.bytes).toBe(10);
  });
});

describe('a conversation', () => {
  const message = { kind: 'probe', resources: [] } as const;
  const step = (number: number): FromCell => ({ kind: 'step', cell: 0, step: String(number) });
  let said: FromCell[];
  let ends: string[];
  const open = () =>
    server.page(
      message,
      { onMessage: (each) => said.push(each), onExit: (how) => ends.push(how) },
      { cpu: 'a' },
    );
  beforeEach(() => {
    [said, ends] = [[], []];
  });
  afterEach(() => void vi.useRealTimers());

  it('gives its job once, takes messages in order and each once, and ends as the page says', async () => {
    const page = open();
    expect(await (await fetch(`${page.url}job`)).json()).toMatchObject({ message, known: { cpu: 'a' } });
    expect((await fetch(`${page.url}job`)).status).toBe(410);
    expect((await post(`${page.url}said?0`, step(0))).status).toBe(200);
    expect((await post(`${page.url}said?0`, step(0))).status).toBe(200);
    expect((await post(`${page.url}said?2`, step(2))).status).toBe(409);
    expect((await post(`${page.url}said?1`, step(1))).status).toBe(200);
    expect(await (await post(`${page.url}alive`)).json()).toEqual({ over: false });
    expect((await post(`${page.url}end`, { how: 'ended' })).status).toBe(200);
    expect(said).toEqual([step(0), step(1)]);
    page.end('crashed');
    expect(ends).toEqual(['ended']);
    expect(await (await post(`${page.url}alive`)).json()).toEqual({ over: true });
    expect((await post(`${page.url}said?2`, step(2))).status).toBe(410);
  });

  it('is over after 10 s without a sign of life, and after 60 s without a beginning', async () => {
    const page = open();
    page.end('closed by this test');
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const [silent, absent] = [open(), open()];
    await fetch(`${silent.url}job`);
    vi.advanceTimersByTime(9500);
    await post(`${silent.url}alive`);
    vi.advanceTimersByTime(9400);
    expect(ends).toEqual(['closed by this test']);
    vi.advanceTimersByTime(1000);
    expect(ends.slice(1)).toEqual(['gave no sign of life for 10 s']);
    vi.advanceTimersByTime(60_000);
    expect(ends.slice(2)).toEqual(['did not open its page within 60 s']);
    expect(await (await post(`${absent.url}alive`)).json()).toEqual({ over: true });
  });
});
