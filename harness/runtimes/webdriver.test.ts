/** WebKit, and WebDriver endpoints as runtimes, on the drivers of this machine. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { KERNELS } from '../../kernels/index.ts';
import { NO_FILES } from '../catalogue.ts';
import { UsageError } from '../errors.ts';
import { makePlan } from '../plan.ts';
import type { ZooRecord } from '../record.ts';
import { type RunOptions, run } from '../run.ts';
import { probe } from '../supervise.ts';
import { openRuntime } from './index.ts';
import { openRemote } from './remote.ts';
import type { RemoteOptions, Runtime } from './runtime.ts';
import { endGroup, startDisplay, startDriver } from './service.ts';
import { findWebkit } from './webkit-programs.ts';

const CHROMEDRIVER = '/usr/bin/chromedriver';
const CHROMIUM = {
  browserName: 'chrome',
  'goog:chromeOptions': { args: ['--headless=new', '--no-sandbox'] },
};
/** In CI everything is installed: what is missing fails there. */
const mayMiss = !process.env.CI;
const noChromedriver = mayMiss && !existsSync(CHROMEDRIVER);
const noWebkit = mayMiss && 'missing' in findWebkit();

const folder = mkdtempSync(join(tmpdir(), 'zoo-webdriver-'));
const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function measure(selectors: string[], runtime: string, more: Partial<RunOptions> = {}): Promise<ZooRecord[]> {
  const small = selectors.map((each) => (/gelu|tanh/.test(each) ? `${each}@N=1025` : `${each}@R=64,C=128`));
  const plan = makePlan(KERNELS, { selectors: small, runtimes: [runtime] });
  const budget = { sampleMs: 20, warmupMs: 20, minSamples: 3, processes: 1, limitMs: 30_000, tiers: false };
  const file = join(folder, `${files++}.jsonl`);
  return run({ ...plan, budget }, { file, files: NO_FILES, engine: 'tinybench', ...more });
}

const said = (records: readonly ZooRecord[]) =>
  records.map(({ id, status, reason }) => `${id} ${status} ${reason ?? ''}`.trim()).sort();

async function chromedriver(): Promise<{ endpoint: URL; pid: number }> {
  const { child, endpoint } = await startDriver(CHROMEDRIVER, process.env, (port) => [`--port=${port}`]);
  ending.push(() => endGroup(child));
  return { endpoint, pid: child.pid! };
}

/** As `--runtime remote:…` gives it. */
function remote(endpoint: URL, more: Partial<RemoteOptions> = {}) {
  const name = `remote:${endpoint.origin}`;
  return { name, remote: { addresses: new Map([[name, endpoint]]), ...more } };
}

async function opened(endpoint: URL, more: Partial<RemoteOptions>): Promise<Runtime> {
  const { name, remote: options } = remote(endpoint, more);
  const runtime = await openRemote(name, { files: NO_FILES, remote: options });
  ending.push(() => runtime.close());
  return runtime;
}

async function sessionsOf(endpoint: URL): Promise<string[]> {
  const { value } = (await (await fetch(new URL('sessions', endpoint))).json()) as {
    value: { id: string }[];
  };
  return value.map(({ id }) => id);
}

describe.skipIf(noWebkit)('webkit', () => {
  it('measures JavaScript, relaxed SIMD and threads, and says why it has no WebGPU', {
    timeout: 60_000,
  }, async () => {
    const records = await measure(['gelu/naive', 'gelu/simd-threads', 'gelu/webgpu'], 'webkit');
    expect(said(records)).toEqual([
      'gelu/naive@N=1025 ok',
      'gelu/simd-threads@N=1025 ok',
      expect.stringMatching(/^gelu\/webgpu@N=1025 unsupported no WebGPU/),
    ]);
    const { host } = records[0]!;
    expect(host).toMatchObject({ runtime: 'webkit', engine: 'jsc', relaxedSimd: true });
    expect(host.version).toMatch(/^\d+\.\d+/);
    expect(host.flags).toContain('JSC_useWasmRelaxedSIMD=1');
  });

  it('has a peak of fused multiply-adds, though it lacks the relaxed int8 dot', {
    timeout: 60_000,
  }, async () => {
    const runtime = await openRuntime('webkit', { files: NO_FILES });
    ending.push(() => runtime.close());
    const { peaks } = await probe(runtime.lanes[0]!, ['single']);
    expect(peaks.single?.rates.fma).toBeGreaterThan(0);
    expect(peaks.single?.rates['dot i8']).toBeUndefined();
  });

  it('is an endpoint for others too', { timeout: 60_000 }, async () => {
    const env = { ...process.env };
    if (!env.DISPLAY) {
      const display = await startDisplay('/usr/bin/Xvfb');
      ending.push(() => endGroup(display.child));
      env.DISPLAY = display.name;
    }
    const { child, endpoint } = await startDriver('/usr/bin/WebKitWebDriver', env);
    ending.push(() => endGroup(child));
    const { name, remote: options } = remote(endpoint);
    const records = await measure(['gelu/naive'], name, { remote: options });
    expect(said(records)).toEqual(['gelu/naive@N=1025 ok']);
    expect(records[0]!.host).toMatchObject({ runtime: name, engine: 'jsc' });
    expect(records[0]!.host.version).toMatch(/^MiniBrowser \d/);
    // It gives one session: asking for more says how many there are.
    await expect(opened(endpoint, { sessions: 2 })).rejects.toThrow(/gives 1 of 2 sessions: Maximum number/);
  });
});

describe.skipIf(noChromedriver)('a WebDriver endpoint', () => {
  let endpoint: URL;
  let pid: number;

  it('loses a session in the middle: the other measures its cells, each once', {
    timeout: 90_000,
  }, async () => {
    ({ endpoint } = await chromedriver());
    const { name, remote: options } = remote(endpoint, { sessions: 2, capabilities: CHROMIUM });
    let killed: Promise<unknown> | undefined;
    const selectors = ['gelu/naive', 'tanh/naive', 'softmax/naive', 'rmsnorm/naive'];
    const records = await measure(selectors, name, {
      remote: options,
      onProgress({ done }) {
        if (done !== 1 || killed) return;
        killed = sessionsOf(endpoint).then(([id]) =>
          fetch(new URL(`session/${id}`, endpoint), { method: 'DELETE' }),
        );
      },
    });
    await killed;
    expect(killed).toBeDefined();
    expect(said(records)).toEqual([
      'gelu/naive@N=1025 ok',
      'rmsnorm/naive@R=64,C=128 ok',
      'softmax/naive@R=64,C=128 ok',
      'tanh/naive@N=1025 ok',
    ]);
    expect(records[0]!.host).toMatchObject({ runtime: name, engine: 'v8', os: 'linux' });
    expect(records[0]!.host.version).toMatch(/^chrome \d/);
    expect(await sessionsOf(endpoint)).toEqual([]);
  });

  it('is gone: what is left fails, and says so', { timeout: 60_000 }, async () => {
    const driver = await chromedriver();
    const { name, remote: options } = remote(driver.endpoint, { capabilities: CHROMIUM });
    let killed = false;
    const records = await measure(['gelu/naive', 'tanh/naive'], name, {
      remote: options,
      onProgress({ done }) {
        if (done !== 1 || killed) return;
        killed = true;
        process.kill(-driver.pid, 'SIGKILL');
      },
    });
    const states = said(records);
    expect(states).toHaveLength(2);
    expect(states.filter((each) => each.endsWith(' ok'))).toHaveLength(1);
    expect(states.join()).toMatch(/failed no node is left: the session is lost: ECONNREFUSED/);
  });

  it('takes a new session where a page crashed', { timeout: 60_000 }, async () => {
    ({ endpoint, pid } = await chromedriver());
    const runtime = await opened(endpoint, { capabilities: CHROMIUM });
    const [lane] = runtime.lanes;
    await probe(lane!, []);
    const [before] = await sessionsOf(endpoint);
    const crashed = probe(lane!, ['single']);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    for (const renderer of renderersOf(pid)) process.kill(renderer, 'SIGKILL');
    await expect(crashed).rejects.toThrow();
    expect(lane!.lost).toBeUndefined();
    const found = await probe(lane!, ['single']);
    expect(found.peaks.single?.rates.js).toBeGreaterThan(0);
    const [after] = await sessionsOf(endpoint);
    expect(after).not.toBe(before);
  });
});

/** Of the process group that the driver leads. */
function renderersOf(group: number): number[] {
  return execFileSync('ps', ['-eo', 'pid=,pgid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, pgid, ...args]) => Number(pgid) === group && args.includes('--type=renderer'))
    .map(([id]) => Number(id));
}

describe('a WebDriver endpoint that cannot be used', () => {
  it('is said in one line, without the key of its address', async () => {
    const closed = remote(new URL('http://me:topsecret@127.0.0.1:1/hub'));
    const error = await openRemote(closed.name, { files: NO_FILES, ...closed }).catch((reason) => reason);
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toMatch(/^remote:http:\/\/127\.0\.0\.1:1 gives no session: ECONNREFUSED/);
    expect(error.message).not.toContain('topsecret');
  });

  it('elsewhere wants an address of this machine', async () => {
    const far = remote(new URL('http://grid.invalid:4444/'));
    await expect(openRemote(far.name, { files: NO_FILES, ...far })).rejects.toThrow(/--host/);
  });
});
