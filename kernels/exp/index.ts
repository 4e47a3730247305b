import { defineKernel } from '../kernel.ts';
import {
  activations,
  atX,
  ELEMENTWISE_CASES,
  type ElementwiseShape,
  HOSTILE_ACTIVATIONS,
} from '../lib/elementwise.ts';
import { clamped } from './clamped.ts';
import { naive } from './naive.ts';
import { pade } from './pade.ts';
import { parallel } from './parallel.ts';
import { polynomial } from './polynomial.ts';
import { power256 } from './power256.ts';
import { expReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { table } from './table.ts';
import { webgpu } from './webgpu.ts';

/** Everywhere: denormal below −87.34, 0 below −103.98, Infinity above 88.72, NaN for NaN. */
export const exp = defineKernel<Float32Array, ElementwiseShape>({
  name: 'exp',
  formula: 'out[N] = exp(x[N])',
  ledger: ['S2-5'],
  learned: [
    'On lavapipe (Mesa 25.0) `webgpu` had 20 of 24 bits right: Mesa makes n·a + (n·b + v) into n·(a + b) + v, and so one part of the two that ln 2 is kept in. One of the factors n comes by way of an integer now: 1.1 ULP there, 2 on SwiftShader (`npx zoo bench --suite zoo exp/webgpu`, with `VK_DRIVER_FILES` naming the driver).',
    'Wrong exponentials are no shortcut: the right one in SIMD is 1.7 times as fast as the fastest wrong one in plain JavaScript, and 14 times as Math.exp.',
    'Constants that come from memory are loaded again behind each store: two vectors computed before the first store take 8 % fewer instructions than one by one.',
    'In plain JavaScript a table of 64 entries and a short polynomial are 1.4 times as fast as a long polynomial alone.',
  ],
  cases: ELEMENTWISE_CASES,
  inputs: activations,
  hostile: {
    ...HOSTILE_ACTIVATIONS,
    'around overflow and underflow': ({ N }, rng) =>
      Float32Array.from({ length: N }, () => (rng.uniform() < 0.5 ? -1 : 1) * (85 + 20 * rng.uniform())),
  },
  reference: expReference,
  tolerance: {
    metric: 'ulp',
    bound: 1,
    why: 'half a ULP for rounding a float64 result; with the range reduced and the polynomial evaluated in float32 0.93 measured over every 251st float32 of [−104, 89]',
  },
  // The exponential counts as one.
  work: ({ N }) => ({ flops: N, bytes: 8 * N }),
  where: atX,
  variants: [naive, clamped, power256, pade, table, polynomial, parallel, simd, simdThreads, webgpu],
});
