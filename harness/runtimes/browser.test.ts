/** Real browsers, each with one tiny kernel: that it is measured, and that what does not come back costs a record and no more. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadKernels, NO_FILES } from '../catalogue.ts';
import { UsageError } from '../errors.ts';
import { makePlan } from '../plan.ts';
import type { ZooRecord } from '../record.ts';
import { run } from '../run.ts';
import { launchChromium } from './chromium.ts';
import { launchFirefox } from './firefox.ts';
import { openRuntime } from './index.ts';
import { findProgram, type Program } from './programs.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../page/${name}.fixture.ts`, import.meta.url));
const FILES = { ...NO_FILES, kernels: [fixture('ending')] };
/** For what hangs: a page that does not become ready is given up after a minute, and opened once more. */
const LIMIT_MS = 240_000;
const ENGINES = {
  chromium: { engine: 'v8', launch: launchChromium },
  firefox: { engine: 'spidermonkey', launch: launchFirefox },
} as const;

describe.each(Object.keys(ENGINES) as Program[])('%s', (name) => {
  // With CI set a browser that is missing fails; on a machine without it there is nothing to test.
  const test = it.skipIf(findProgram(name) === undefined && !process.env.CI);
  const { engine, launch } = ENGINES[name];
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'zoo-test-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test(
    'measures a kernel, its workers too; what hangs or fails unseen gets a record, and the run goes on',
    async () => {
      const kernels = await loadKernels(FILES);
      const order = ['rejects', 'hangs', 'naive', 'parallel'].map((variant) => `twice/${variant}`);
      const plan = makePlan(kernels, { selectors: order, runtimes: [name], cases: ['all'] });
      const budget = { sampleMs: 5, warmupMs: 5, minSamples: 3, processes: 1, limitMs: 6000, tiers: false };
      const file = join(folder, 'records.jsonl');
      const groups = order.map(
        (id) => plan.groups.find((group) => `${group.subject}/${group.variant}` === id)!,
      );
      const records = await run(
        { ...plan, groups, budget },
        { file, files: FILES, engine: 'tinybench', threads: 2 },
      );
      const of = (variant: string) => records.find((record) => record.variant === variant) as ZooRecord;
      expect(of('rejects')).toMatchObject({ status: 'failed' });
      expect(of('rejects').reason).toMatch(/^its process ended with TypeError: nobody waits for this/);
      expect(of('hangs')).toMatchObject({
        status: 'failed',
        reason: 'no answer within 6 s while making the first call',
      });
      for (const variant of ['naive', 'parallel']) {
        const { status, reason, error, time, host, memory } = of(variant);
        expect({ status, reason, value: error?.value }).toEqual({
          status: 'ok',
          reason: undefined,
          value: 0,
        });
        expect(time!.medianNs).toBeGreaterThan(0);
        expect(host).toMatchObject({ runtime: name, engine, simd: true, threads: 2 });
        expect(host.version).toMatch(/^\d+\.\d+/);
        expect(host.flags).toContain('--headless');
        // Isolated: 100 µs and 1 ms otherwise.
        expect(host.clockStepNs).toBeLessThanOrEqual(20_001);
        expect(memory?.method).toBeDefined();
      }
    },
    LIMIT_MS,
  );

  test(
    'a page whose process is gone is told of within 15 s, and no process and no profile is left',
    async () => {
      const before = profiles(name);
      const runtime = await openRuntime(name, { files: FILES });
      const profile = profiles(name).find((each) => !before.includes(each))!;
      const { groups, budget } = makePlan(await loadKernels(FILES), {
        selectors: ['twice/hangs'],
        cases: ['all'],
      });
      const job = {
        group: groups[0]!,
        budget,
        files: FILES,
        seed: 'crash',
        peaks: {},
        checkAll: true,
        memory: false,
      };
      let started = 0;
      try {
        const how = await new Promise<string>((resolve) => {
          runtime.lanes[0]!.start(
            { kind: 'measure', job: { ...job, engine: 'tinybench' } },
            {
              onMessage(message) {
                if (message.kind !== 'step' || message.step !== 'making the first call') return;
                started = performance.now();
                for (const pid of pagesOf(profile)) process.kill(pid, 'SIGKILL');
              },
              onExit: resolve,
            },
          );
        });
        expect(how).toMatch(/^(crashed|was closed|gave no sign of life for 10 s)$/);
        expect(performance.now() - started).toBeLessThan(15_000);
      } finally {
        await runtime.close();
      }
      expect(processes().filter(({ args }) => args.includes(profile))).toEqual([]);
      expect(profiles(name)).not.toContain(profile);
    },
    LIMIT_MS,
  );

  (name === 'chromium' ? test : it.skip)(
    'counts bytes of known functions within 1 %, and 0 as 0',
    async () => {
      const files = { ...NO_FILES, kernels: [fixture('known')] };
      const plan = makePlan(await loadKernels(files), {
        selectors: ['known'],
        runtimes: [name],
        cases: ['all'],
      });
      const budget = {
        sampleMs: 5,
        warmupMs: 20,
        minSamples: 3,
        processes: 1,
        limitMs: 10_000,
        tiers: false,
      };
      const file = join(folder, 'known.jsonl');
      const records = await run({ ...plan, budget }, { file, files, engine: 'tinybench' });
      const read = Object.fromEntries(
        records.map(({ variant, memory }) => [variant, [memory?.heapBytesPerOp, memory?.externalBytesPerOp]]),
      );
      const near = (bytes: number) => expect.toSatisfy((value) => Math.abs(value - bytes) <= 0.01 * bytes);
      expect(read).toEqual({
        arithmetic: [0, 0],
        object: [near(24), 0],
        array: [near(536), 0],
        // Of the view and its buffer on the heap.
        buffer: [expect.any(Number), near(8192)],
      });
    },
    LIMIT_MS,
  );

  it('says in one line what brings it, or that a path leads nowhere', async () => {
    const error = await launch({ files: NO_FILES, browserPath: join(folder, 'nothing') }).catch(
      (reason) => reason,
    );
    expect(error).toBeInstanceOf(UsageError);
    expect(error.message).toBe(`no browser at ${join(folder, 'nothing')}`);
  });
});

function profiles(name: string): string[] {
  return readdirSync(tmpdir()).filter((entry) => entry.startsWith(`kernel-zoo-${name}-`));
}

function processes(): { pid: number; parent: number; args: string }[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [, pid, parent, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)!;
    return { pid: Number(pid), parent: Number(parent), args: args! };
  });
}

/** The processes in which the browser with this profile has its pages. */
function pagesOf(profile: string): number[] {
  const all = processes();
  const below = new Set(all.filter(({ args }) => args.includes(profile)).map(({ pid }) => pid));
  for (let before = 0; below.size > before; ) {
    before = below.size;
    for (const { pid, parent } of all) if (below.has(parent)) below.add(pid);
  }
  return all
    .filter(({ pid, args }) => below.has(pid) && /--type=renderer|-contentproc.* tab$/.test(args))
    .map(({ pid }) => pid);
}
