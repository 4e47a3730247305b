/** `zoo serve`: what its server takes and refuses, and the page in a browser, from a choice to records that are read again. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_FILES } from '../catalogue.ts';
import { recordOf } from '../protocol.ts';
import { readRecords, type ZooRecord } from '../record.ts';
import { findProgram } from '../runtimes/programs.ts';
import { type Serving, serveZoo } from './server.ts';
import { MOST_BYTES } from './upload.ts';

const folder = mkdtempSync(join(tmpdir(), 'zoo-serve-'));
const recordsFile = join(folder, 'records.jsonl');
let server: Serving;
beforeAll(async () => {
  server = await serveZoo({ files: NO_FILES, recordsFile });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const stored = () => readRecords(recordsFile);
const send = (body: string, url = `${server.url}records`) => fetch(url, { method: 'POST', body });

const names = {
  id: 'gelu/naive@N=1',
  subject: 'gelu',
  kind: 'kernel',
  variant: 'naive',
  backend: 'js',
  case: 'N=1',
} as const;
const host = {
  ...{ runtime: 'safari', version: '18', engine: 'jsc', engineVersion: '18', cpu: 'unknown' },
  ...{ cores: 6, simd: true, relaxedSimd: false, threads: 6, flags: [] },
};
const record = recordOf(
  'smoke',
  0,
  { ...names, shape: { N: 1 }, from: 'test' },
  { status: 'failed', reason: '<script>alert(1)</script>', host },
);
const line = (value: unknown) => `${JSON.stringify(value)}\n`;

describe('the server of zoo serve', () => {
  it('appends records that fit the schema, and says how many', async () => {
    const response = await send(line(record) + line({ ...record, replicate: 1 }));
    expect([response.status, await response.text()]).toEqual([200, 'The server has 2 records more.']);
    expect(stored()).toEqual([record, { ...record, replicate: 1 }]);
  });

  it('takes none of an upload where one line is no record, and names the line', async () => {
    const before = stored();
    for (const [body, why] of [
      [line(record) + line({ ...record, status: 'splendid' }), /^line 2 is no record: status: /],
      [line(record) + line({ ...record, schema: 7 }), /^line 2 is no record: schema: /],
      [`${line(record)}{`, /^line 2 is no JSON$/],
      ['\n', /^no records$/],
    ] as const) {
      const response = await send(body);
      expect([response.status, await response.text()]).toEqual([400, expect.stringMatching(why)]);
    }
    expect(stored()).toEqual(before);
  });

  it('refuses more than 16 MiB, also where the length is not said before', async () => {
    expect((await send(' '.repeat(MOST_BYTES + 1))).status).toBe(413);
    const chunk = new Uint8Array(1 << 20).fill(32);
    let left = 20;
    const body = new ReadableStream({
      pull: (controller) => (left-- > 0 ? controller.enqueue(chunk) : controller.close()),
    });
    // Node wants to be told; its types do not know.
    const init = { method: 'POST', body, duplex: 'half' } as RequestInit;
    const status = await fetch(`${server.url}records`, init).then(
      (response) => response.status,
      () => 'cut off',
    );
    expect([413, 'cut off']).toContain(status);
  });

  it('answers nothing without its token', async () => {
    const { origin } = new URL(server.url);
    expect((await send(line(record), `${origin}/records`)).status).toBe(404);
    expect((await fetch(`${origin}/`)).status).toBe(404);
  });

  it('lets no code in but its own', async () => {
    const response = await fetch(server.url);
    expect(response.headers.get('content-security-policy')).toContain(
      "default-src 'none'; script-src 'self'",
    );
    expect(response.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
  });
});

// With CI set a browser that is missing fails.
describe.skipIf(findProgram('chromium') === undefined && !process.env.CI)('the page of zoo serve', () => {
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];
  beforeAll(async () => {
    browser = await puppeteer.launch({
      executablePath: findProgram('chromium')!,
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
      pipe: true,
    });
    page = await browser.newPage();
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    const session = await page.createCDPSession();
    await session.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: folder });
    await page.setViewport({ width: 390, height: 844, isMobile: true, hasTouch: true });
    await page.goto(server.url);
    await page.waitForSelector('#choice:not([hidden])');
  }, 60_000);
  afterAll(() => browser?.close());

  const text = (selector: string) => page.$eval(selector, ({ textContent }) => textContent);
  const check = (name: string, values: readonly string[]) =>
    page.$$eval(
      'input',
      (all, wanted, only) => {
        for (const box of all) if (box.name === wanted) box.checked = only.includes(box.value);
      },
      name,
      values,
    );

  it('asks for a choice where there is none', async () => {
    await check('kernel', []);
    await page.click('#start');
    await page.waitForFunction(() => document.getElementById('problem')!.textContent !== '');
    expect(await text('#problem')).toBe('choose a kernel, and a variant of it');
  });

  it('measures what is chosen, draws it, and gives its records to the person and to the server', async () => {
    const before = stored().length;
    await check('kernel', ['gelu']);
    await check('variant gelu', ['naive', 'simd-threads']);
    await check('case gelu', ['N=1025']);
    // By the keyboard, as a person without a mouse.
    await page.focus('#start');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.getElementById('status')!.textContent!.startsWith('done'), {
      timeout: 60_000,
    });
    expect(await text('#status')).toBe('done: 2 of 2 cells');
    expect(await text('#problem')).toBe('');
    const bars = await page.$$eval('ol.bars li', (all) => all.map((item) => item.textContent));
    // Which bound the two meet depends on how fast the machine is just now; they share a unit all the same.
    const unit = bars[0]!.split(' ').at(-1)!;
    expect(['GB/s', 'GFLOP/s']).toContain(unit);
    expect(bars).toEqual(
      ['naive', 'simd-threads'].map((name) =>
        expect.stringMatching(new RegExp(`^${name}[\\d.]+ [µnm]s, [\\d.]+ ${unit}$`)),
      ),
    );
    const widths = await page.$$eval('ol.bars .bar', (all) =>
      all.map((bar) => bar.getBoundingClientRect().width),
    );
    const track = await page.$eval('ol.bars .track', (each) => each.getBoundingClientRect().width);
    expect(Math.max(...widths)).toBeCloseTo(track, 0);
    // Nothing is wider than a phone.
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);

    await page.click('#send');
    await page.waitForFunction(() => document.getElementById('sent')!.textContent !== '');
    expect(await text('#sent')).toBe('The server has 2 records more.');
    const sent = stored().slice(before);
    expect(sent.map(({ id, status, host: { runtime } }) => [id, status, runtime])).toEqual([
      ['gelu/naive@N=1025', 'ok', 'chromium'],
      ['gelu/simd-threads@N=1025', 'ok', 'chromium'],
    ]);
    expect(sent.every(({ time, roofline }) => time!.medianNs > 0 && roofline!.peakGflops > 0)).toBe(true);

    await page.click('#download');
    const name = await downloaded();
    const lines = readFileSync(join(folder, name), 'utf8').trim().split('\n');
    expect(lines.map((each) => JSON.parse(each) as ZooRecord)).toEqual(JSON.parse(JSON.stringify(sent)));
    expect(errors).toEqual([]);
  }, 90_000);
});

async function downloaded(): Promise<string> {
  for (let i = 0; i < 100; i++) {
    const name = readdirSync(folder).find((each) => /^kernel-zoo-chromium-.*\.jsonl$/.test(each));
    if (name) return name;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('nothing was downloaded');
}
