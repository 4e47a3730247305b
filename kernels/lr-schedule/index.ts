import { defineKernel } from '../kernel.ts';
import { fromZero } from './from-zero.ts';
import { naive } from './naive.ts';
import { lrScheduleReference } from './reference.ts';
import { toZero } from './to-zero.ts';

/** Steps of the training, and those of them that warm up. */
export type LrScheduleShape = { readonly N: number; readonly W: number };

export interface LrScheduleInput {
  /** The rate after the warm-up. */
  readonly high: number;
  /** The rate at the end. */
  readonly low: number;
}

/**
 * The learning rate of every step from 0 to N − 1: linear to `high` over W steps, then half a cosine to `low` (Loshchilov & Hutter,
 * "SGDR", 2017). No step has the rate 0, and the last has `low` exactly. No WASM, workers or WebGPU: a training computes one of these
 * numbers a step.
 */
export const lrSchedule = defineKernel<LrScheduleInput, LrScheduleShape>({
  name: 'lr-schedule',
  formula:
    'out[N]: high (n + 1) / W for n < W, then low + (high − low) ½ (1 + cos(π (n − W + 1) / (N − W))), n = 0 … N − 1',
  ledger: ['S2-29', 'S3-41'],
  learned: [
    'What is left out by the wrong schedules saves 5 % at most; a training computes one of these numbers a step.',
  ],
  cases: [
    { shape: { N: 1, W: 0 }, from: 'one step, no warm-up: the low rate' },
    { shape: { N: 1, W: 1 }, from: 'one step of warm-up: the high rate' },
    { shape: { N: 101, W: 100 }, from: 'all but one step warm up' },
    { shape: { N: 10000, W: 1000 }, from: 'the usual: a tenth warms up' },
  ],
  validate({ N, W }) {
    if (W > N) throw new Error(`lr-schedule: ${W} steps of warm-up are more than all ${N}`);
  },
  inputs: () => ({ high: 1e-3, low: 1e-5 }),
  hostile: {
    'a constant rate': () => ({ high: 3e-4, low: 3e-4 }),
    'down to 0': () => ({ high: 1e-3, low: 0 }),
  },
  reference: lrScheduleReference,
  tolerance: {
    metric: 'scaled',
    bound: 1.01 * 2 ** -24,
    why: 'relative to the rate: computed in float64, rounded once; near 0 the cosine leaves 1e-16 of the high rate',
  },
  // A cosine that counts as one, and five operations.
  work: ({ N }) => ({ flops: 6 * N, bytes: 4 * N }),
  where: (_, { W }, n) => `step ${n}, ${n < W ? 'warming up' : 'cooling down'}`,
  variants: [naive, fromZero, toZero],
});
