/** The self-test's own figures, by simulation with fixed seeds; and the harness's bytes, which are exact. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { rng } from '../../kernels/lib/rng.ts';
import { loadKernels, suiteKernels } from '../catalogue.ts';
import { makePlan } from '../plan.ts';
import type { ZooRecord } from '../record.ts';
import { run } from '../run.ts';
import { judgeTwins } from './self-test.ts';

const ROUNDS = 500;
const CASES = 12;

/** Records of identical kernels; `second` and `later` are the times of the second name, and of what is measured second. */
function records(seed: string, second = 1, later = 1, rounds = 100): ZooRecord[] {
  const random = rng(seed);
  return Array.from({ length: rounds }, (_, replicate) => {
    const variants = random.uniform() < 0.5 ? ['first', 'second'] : ['second', 'first'];
    return variants.flatMap((variant, place) => {
      // What a whole process has, and what each of its cells has.
      const process = 0.01 * random.normal();
      return Array.from({ length: CASES }, (_, i) => {
        const noise = Math.exp(process + 0.011 * random.normal());
        const medianNs =
          1000 * (i + 1) * noise * (variant === 'second' ? second : 1) * (place === 1 ? later : 1);
        const id = `twins/${variant}@of=${i}`;
        return { id, variant, case: `of=${i}`, replicate, status: 'ok', time: { medianNs } } as ZooRecord;
      });
    });
  }).flat();
}

it('calls identical kernels different in at most 1 % of 1200 simulated comparisons, finds 5 % in at least 85 %, and no effect of order', () => {
  const { different, relabelled, found, order, problems } = judgeTwins(records('identical', 1, 1, ROUNDS));
  expect(different.of).toBe((ROUNDS / 5) * CASES);
  expect(different.hits / different.of).toBeLessThanOrEqual(0.01);
  expect(relabelled.of).toBe(16 * different.of);
  expect(relabelled.hits / relabelled.of).toBeLessThanOrEqual(0.01);
  expect(found.hits / found.of).toBeGreaterThanOrEqual(0.85);
  expect(Math.abs(order!.ratio - 1)).toBeLessThan(0.002);
  expect(problems).toEqual([]);
});

it('does find it when the second name is 5 % slower, and when the second turn is 3 % slower', () => {
  const { different } = judgeTwins(records('slower', 1.05));
  expect(different.hits / different.of).toBeGreaterThanOrEqual(0.85);
  const { order } = judgeTwins(records('later', 1, 1.03));
  expect(order!.ratio).toBeCloseTo(1.03, 2);
  expect(order!.low).toBeGreaterThan(1.02);
});

it('leaves rounds that were cut off out', () => {
  const cut = records('cut').slice(0, 5 * 2 * CASES - 1);
  expect(judgeTwins(cut).different.of).toBe(CASES - 1);
});

it('allocates 0 bytes in the measured window', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zoo-self-'));
  const files = { kernels: suiteKernels('self'), variants: [] };
  const plan = makePlan(await loadKernels(files), { suite: 'self', selectors: ['self/window-bytes'] });
  const budget = { sampleMs: 5, warmupMs: 5, minSamples: 1, processes: 1, limitMs: 30_000 };
  const [record] = await run(
    { ...plan, budget },
    { file: join(folder, 'self.jsonl'), files, engine: 'tinybench' },
  );
  rmSync(folder, { recursive: true });
  expect(record?.status, record?.reason).toBe('ok');
  expect(record?.error?.value).toBe(0);
}, 30_000);
