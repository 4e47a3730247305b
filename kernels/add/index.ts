import { defineKernel } from '../kernel.ts';
import { ELEMENTWISE_CASES, type ElementwiseShape } from '../lib/elementwise.ts';
import { atPair, HOSTILE_PAIRS, type Pair, pairOfActivations } from '../lib/pairs.ts';
import { fresh } from './fresh.ts';
import { naive } from './naive.ts';
import { parallel } from './parallel.ts';
import { addReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { webgpu } from './webgpu.ts';

/**
 * The residual addition of a transformer; ∞ − ∞ is NaN. One operation for twelve bytes: the bandwidth is the limit of every variant,
 * so that there is nothing to block. Every loop may write to `a` or `b` itself: see add.test.ts.
 */
export const add = defineKernel<Pair, ElementwiseShape>({
  name: 'add',
  formula: 'out[N] = a[N] + b[N]',
  ledger: ['S4-31', 'S4-16', 'S4-17', 'S4-18', 'S0-11'],
  learned: [
    'An output that is allocated anew costs half as much again as one that is used again; four lanes gain 5.6 while all is in cache.',
  ],
  cases: ELEMENTWISE_CASES,
  inputs: pairOfActivations,
  hostile: HOSTILE_PAIRS,
  reference: addReference,
  tolerance: {
    metric: 'ulp',
    bound: 0.5,
    why: 'the sum rounded once; float64 holds it with digits to spare',
  },
  work: ({ N }) => ({ flops: N, bytes: 12 * N }),
  where: atPair,
  variants: [naive, fresh, parallel, simd, simdThreads, webgpu],
});
