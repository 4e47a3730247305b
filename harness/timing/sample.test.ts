/** Samples that are taken in turns with another process. */
import { expect, it } from 'vitest';
import type { Budget } from '../../suites/suite.ts';
import { sample } from './sample.ts';

const budget: Budget = { sampleMs: 40, warmupMs: 5, minSamples: 8, processes: 1, limitMs: 0 };
const prepared = { run: () => {}, read: () => new Float64Array(0), dispose: () => {} };

it('asks for a turn before every few milliseconds of samples, and says how many each gave', async () => {
  let asked = 0;
  const turn = async () => {
    asked++;
  };
  const { samplesNs, turns } = await sample(prepared, { budget, engine: 'tinybench', turn });
  // 40 ms in turns of 6 ms; a busy machine makes single batches longer, and turns fewer.
  expect(asked).toBe(turns!.length);
  expect(asked).toBeGreaterThan(1);
  expect(asked).toBeLessThanOrEqual(7);
  expect(turns!.reduce((sum, n) => sum + n, 0)).toBe(samplesNs.length);
});

it('has no turns where there is no other process', async () => {
  expect(await sample(prepared, { budget, engine: 'tinybench' })).not.toHaveProperty('turns');
});
