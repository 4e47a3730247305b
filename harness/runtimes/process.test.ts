/** One kernel in each engine that is a process; what each says of itself; and what is said where one is missing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadKernels, NO_FILES } from '../catalogue.ts';
import { UsageError } from '../errors.ts';
import { makePlan } from '../plan.ts';
import type { ZooRecord } from '../record.ts';
import { ROOT } from '../root.ts';
import { run } from '../run.ts';
import { howItEnded, programOf } from './process.ts';
import { checkRuntime } from './runtime.ts';

const folder = mkdtempSync(join(tmpdir(), 'zoo-processes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function measured(selectors: string[], runtime: string, kernels: string[] = []): Promise<ZooRecord[]> {
  const files = { ...NO_FILES, kernels };
  const plan = makePlan(await loadKernels(files), {
    ...{ selectors, runtimes: [runtime], ...(kernels.length > 0 ? {} : { suite: 'smoke' }) },
  });
  const budget = { ...plan.budget, processes: 1, warmupMs: 20, sampleMs: 20, tiers: false };
  const file = join(folder, `${runtime}-${selectors.join().replaceAll('/', '-')}.jsonl`);
  return run({ ...plan, budget }, { file, files, engine: 'tinybench', threads: 2 });
}

/** CI installs and fetches all of them; elsewhere one that is missing is skipped with the reason. */
function missing(runtime: string): string | undefined {
  try {
    programOf(runtime);
    return undefined;
  } catch (error) {
    if (!(error instanceof UsageError) || process.env.CI === 'true') throw error;
    return error.message;
  }
}

describe.each([
  ['node', 'v8', 0],
  ['bun', 'jsc', 0],
  ['deno', 'v8', 0],
] as const)('%s', (name, engine, heap) => {
  const reason = missing(name);
  it.skipIf(reason !== undefined)(
    `measures JavaScript, WASM SIMD and threads, all right, by an engine that calls itself ${engine}${reason ? `: ${reason}` : ''}`,
    { timeout: 120_000 },
    async () => {
      const records = await measured(['tanh/naive', 'tanh/simd', 'tanh/simd-threads'], name);
      expect(records.map(({ status, reason }) => reason ?? status)).toEqual(['ok', 'ok', 'ok']);
      for (const { host, memory } of records) {
        expect(host).toMatchObject({ runtime: name, engine, simd: true, relaxedSimd: true, threads: 2 });
        expect(host.version).toMatch(/^\d+\.\d+\.\d+/);
        expect(host.clockStepNs).toBeLessThan(20_000);
        expect(memory, memory?.method).toMatchObject({ heapBytesPerOp: heap, externalBytesPerOp: 0 });
      }
    },
  );
});

describe('node@20', () => {
  const reason = missing('node@20');
  it.skipIf(reason !== undefined)(
    `computes a relaxed dot wrongly in its baseline code, and only there${reason ? `: ${reason}` : ''}`,
    { timeout: 120_000 },
    async () => {
      const kernel = [join(ROOT, 'harness/runtimes/relaxed-dot.fixture.ts')];
      const of = async (runtime: string) =>
        (await measured(['relaxed-dot/relaxed'], runtime, kernel)).map(
          ({ status, reason }) => `${status}: ${reason}`,
        );
      expect(await of('node@20')).toEqual([
        expect.stringMatching(/^wrong: is wrong until it is warm: right after \d+ more calls/),
      ]);
      expect(await of('node')).toEqual(['ok: undefined']);
    },
  );
});

describe('a runtime that is not to be had', () => {
  it('is said before anything is measured, with names that are near', () => {
    expect(() => checkRuntime('dena')).toThrow('unknown runtime "dena": did you mean "deno"?');
    expect(() => checkRuntime('bun@latest')).toThrow(
      'no version of bun: "bun@latest"; write it as bun@1, bun@1.2 or bun@1.2.0',
    );
    for (const name of ['node', 'bun', 'deno', 'node@22', 'bun@1.3', 'deno@2.8.1']) checkRuntime(name);
  });
});

describe('how a process ended', () => {
  it.each([
    [null, 'SIGKILL', '', 'was ended by SIGKILL'],
    [
      1,
      null,
      'TypeError: x is not a function\n    at f',
      'exited with code 1: TypeError: x is not a function',
    ],
    [
      1,
      null,
      'error: Uncaught (in promise) RangeError: too long\n',
      'exited with code 1: RangeError: too long',
    ],
    [null, 'SIGABRT', 'FATAL ERROR: JavaScript heap out of memory', 'ran out of memory'],
  ])('with code %s, signal %s', (code, signal, stderr, said) => {
    expect(howItEnded(code, signal, stderr)).toBe(said);
  });
});
