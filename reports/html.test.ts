/** The page in a real browser: it draws, sorts, follows the theme, asks nothing of a network, and believes no text. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ZooRecord } from '../harness/record.ts';
import { fixtureRecords } from './fixture.ts';
import { renderHtml } from './html.ts';

const chromium = process.env.CHROME_PATH ?? '/usr/bin/chromium';
const missing = existsSync(chromium) ? '' : `no browser at ${chromium}: install chromium or set CHROME_PATH`;
const inCi = process.env.CI === 'true';
if (missing) console.warn(`the page is not tested: ${missing}`);

const HOSTILE = '</script><!--<script><img src=x onerror="window.hit=1">\\\'"\u2028&lt;';

describe('renderHtml', () => {
  const html = renderHtml(fixtureRecords({ processes: 1 }), { title: HOSTILE });

  // What is no script; also keeps a megabyte out of a failure's message.
  const markup = html.replace(/(<script[^>]*>)[\s\S]*?(?=<\/script>)/g, '$1');

  it('ends a script element only where it means to, whatever stands in records and libraries', () => {
    expect(html.match(/<script/gi)?.length).toBe(5);
    expect(html.match(/<\/script/gi)?.length).toBe(5);
    expect(html.includes('<!--')).toBe(false);
    expect(html.includes('<img src=x')).toBe(false);
  });

  it('names no other file and no address that a browser would load', () => {
    expect(markup).not.toMatch(/\ssrc=|@import|url\(/);
    expect(html.includes('sourceMappingURL')).toBe(false);
    expect(html.match(/<link[^>]*>/g)).toEqual(['<link rel="icon" href="data:,">']);
  });

  it('is the same for the same records', () => {
    expect(renderHtml(fixtureRecords({ processes: 1 }), { title: HOSTILE }) === html).toBe(true);
  });

  it('has no handler in an attribute', () => {
    expect(markup).not.toMatch(/\son\w+=/i);
  });
});

// In CI, which installs everything, a missing browser is a failure and not a reason to skip.
describe.skipIf(missing !== '' && !inCi)(`the page in a browser${missing && ` (${missing})`}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'zoo-report-'));
  let browser: Browser;
  const complaints: string[] = [];
  const requests: string[] = [];

  beforeAll(async () => {
    if (missing) throw new Error(missing);
    browser = await puppeteer.launch({
      executablePath: chromium,
      userDataDir: join(folder, 'profile'),
      args: ['--no-sandbox', '--disable-quic', '--disable-background-networking'],
    });
  }, 60_000);

  afterEach(() => {
    complaints.length = 0;
    requests.length = 0;
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  async function open(records: readonly ZooRecord[], width = 1280, scheme = 'light'): Promise<Page> {
    const file = join(folder, 'report.html');
    writeFileSync(file, renderHtml(records, { title: 'Report' }));
    const page = await browser.newPage();
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
    page.on('request', (request) => {
      if (!request.url().startsWith('data:')) requests.push(request.url());
    });
    await page.setViewport({ width, height: 900 });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.goto(pathToFileURL(file).href);
    await page.waitForSelector('html[data-ready]', { timeout: 30_000 });
    return page;
  }

  const column = (page: Page, table: string, index: number): Promise<string[]> =>
    page.$$eval(
      `${table} tbody tr`,
      (rows, i) => rows.map((row) => row.children[i]?.textContent ?? ''),
      index,
    );

  it('draws every chart, says nothing on the console and requests the file alone', async () => {
    const page = await open(fixtureRecords());
    const sizes = await page.$$eval('.chart', (charts) =>
      charts.map((chart) => {
        const svg = chart.querySelector('svg');
        return [svg?.clientWidth ?? 0, svg?.clientHeight ?? 0, svg?.querySelectorAll('path').length ?? 0];
      }),
    );
    // A roofline, a ladder for each of 17 cases, a sweep for each of the six kernels with several sizes, and accuracy for
    // all kernels but dequant, which is exact.
    expect(sizes.length).toBe(30);
    for (const [width, height, marks] of sizes) {
      expect(width).toBeGreaterThan(200);
      expect(height).toBeGreaterThan(100);
      expect(marks).toBeGreaterThan(5);
    }
    expect(complaints).toEqual([]);
    expect(requests).toEqual([page.url()]);
    await page.close();
  }, 60_000);

  it('forbids itself every request', async () => {
    const page = await open(fixtureRecords({ processes: 1 }));
    const blocked = await page.evaluate(async () => {
      const violation = new Promise<string>((resolve) => {
        document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
      });
      fetch('http://127.0.0.1:9/').catch(() => {});
      return violation;
    });
    expect(blocked).toBe('connect-src');
    await page.close();
  }, 60_000);

  it('sorts a table with the keyboard: ascending, descending, and back; what has no value is last', async () => {
    const page = await open(fixtureRecords());
    const table = '#subject-1 table';
    const before = await column(page, table, 0);
    await page.focus(`${table} thead th:nth-child(4) button`);
    const order = () =>
      page.$eval(`${table} thead th:nth-child(4)`, (head) => head.getAttribute('aria-sort'));
    const nanoseconds = (texts: string[]) =>
      texts
        .filter((text) => text !== '')
        .map(
          (text) =>
            Number.parseFloat(text) * { ns: 1, µs: 1e3, ms: 1e6 }[text.split(' ')[1] as 'ns' | 'µs' | 'ms'],
        );
    await page.keyboard.press('Enter');
    const rising = await column(page, table, 3);
    expect(await order()).toBe('ascending');
    expect(rising.at(-1)).toBe('');
    expect(nanoseconds(rising)).toEqual(nanoseconds(rising).toSorted((a, b) => a - b));
    await page.keyboard.press('Enter');
    const falling = await column(page, table, 3);
    expect(await order()).toBe('descending');
    expect(falling.at(-1)).toBe('');
    expect(nanoseconds(falling)).toEqual(nanoseconds(falling).toSorted((a, b) => b - a));
    await page.keyboard.press('Enter');
    expect(await order()).toBe(null);
    expect(await column(page, table, 0)).toEqual(before);
    await page.close();
  }, 60_000);

  it('follows the system’s theme until the reader chooses, charts included', async () => {
    const page = await open(fixtureRecords({ processes: 1 }), 1280, 'dark');
    const colors = () =>
      page.evaluate(() => [
        getComputedStyle(document.body).backgroundColor,
        getComputedStyle(document.querySelector('.chart .mark-text text')!).fill,
        getComputedStyle(document.querySelector('.chart .mark-symbol path')!).fill,
      ]);
    const dark = await colors();
    await page.click('.theme');
    const light = await colors();
    expect(dark[0]).toBe('rgb(22, 24, 27)');
    expect(light[0]).toBe('rgb(255, 255, 255)');
    for (let i = 0; i < 3; i++) expect(light[i]).not.toBe(dark[i]);
    await page.click('.theme');
    expect(await colors()).toEqual(dark);
    await page.close();
  }, 60_000);

  it('fits a telephone of 390 pixels: only tables scroll, in their own frame', async () => {
    const page = await open(fixtureRecords({ processes: 1 }), 390);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    const widths = await page.$$eval('.chart svg', (charts) =>
      charts.map((chart) => chart.getBoundingClientRect().right),
    );
    for (const right of widths) expect(right).toBeLessThanOrEqual(390);
    await page.close();
  }, 60_000);

  it('shows a software GPU apart: last in its ladder, hollow, and with a note', async () => {
    const page = await open(fixtureRecords({ processes: 1 }));
    const last = await page.$eval('#subject-1 .chart', (chart) =>
      [...chart.querySelectorAll('.role-axis-label text')]
        .map((text) => text.textContent)
        .filter((t) => /[a-z]/.test(t))
        .at(-1),
    );
    expect(last).toBe('webgpu');
    const note = await page.$eval('#subject-1 .note', (element) => element.textContent);
    expect(note).toContain('software GPU adapter, not ranked');
    const overview = await column(page, '#overview table', 2);
    expect(overview).not.toContain('webgpu');
    await page.close();
  }, 60_000);

  it('shows hostile text as text', async () => {
    const records = fixtureRecords({ processes: 1 }).map(
      (record): ZooRecord => ({
        ...record,
        ...{
          id: `${record.id}${HOSTILE}`,
          subject: `${record.subject}${HOSTILE}`,
          case: `${record.case}${HOSTILE}`,
        },
        ...{ variant: `${record.variant}${HOSTILE}`, from: HOSTILE, reason: record.reason && HOSTILE },
        error: record.error && { ...record.error, where: HOSTILE },
        host: {
          ...record.host,
          runtime: HOSTILE,
          cpu: HOSTILE,
          flags: [HOSTILE],
          commit: HOSTILE,
          noise: { [HOSTILE]: 1 },
        },
      }),
    );
    const page = await open(records);
    expect(complaints).toEqual([]);
    expect(requests).toEqual([page.url()]);
    const found = await page.evaluate(() => ({
      hit: 'hit' in window,
      images: document.querySelectorAll('img').length,
      comments: document.createTreeWalker(document, NodeFilter.SHOW_COMMENT).nextNode() !== null,
      title: document.querySelector('#subject-1 h2')?.textContent,
    }));
    expect(found).toEqual({ hit: false, images: 0, comments: false, title: `matmul${HOSTILE}` });
    // The tooltip makes elements of its own.
    await page.evaluate(() => document.querySelector('#overview .chart')?.scrollIntoView());
    await page.hover('#overview .chart .mark-symbol path');
    await page.waitForSelector('#vg-tooltip-element.visible');
    const tooltip = await page.$eval('#vg-tooltip-element', (element) => [
      element.textContent,
      element.querySelector('img'),
    ]);
    expect(tooltip[0]).toContain(HOSTILE.slice(0, 20));
    expect(tooltip[1]).toBe(null);
    await page.close();
  }, 60_000);
});
