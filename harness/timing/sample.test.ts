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
  // 40 ms are less than ten turns of 6 ms.
  expect(asked).toBe(turns!.length);
  expect(asked).toBe(10);
  expect(turns!.reduce((sum, n) => sum + n, 0)).toBe(samplesNs.length);
});

it.each([
  // Turns of 6 ms have six of these, those of forty batches forty; fewer where the machine is busy as they are counted out.
  [1, 12, 40],
  // 15 in 300 ms.
  [20, 2, 15],
])(
  'takes long turns of what is large: of calls of %i ms more than %i, at most %i',
  async (ms, more, most) => {
    const run = () => {
      for (const end = performance.now() + ms; performance.now() < end; );
    };
    const sampling = { budget, engine: 'tinybench', turn: async () => {}, isLarge: true } as const;
    const { turns } = await sample({ ...prepared, run }, sampling);
    expect(Math.max(...turns!)).toBeGreaterThan(more);
    expect(Math.max(...turns!)).toBeLessThanOrEqual(most);
  },
);

it('has no turns where there is no other process', async () => {
  expect(await sample(prepared, { budget, engine: 'tinybench' })).not.toHaveProperty('turns');
});
