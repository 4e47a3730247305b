import { defineKernel } from '../kernel.ts';
import {
  activations,
  atX,
  ELEMENTWISE_CASES,
  type ElementwiseShape,
  HOSTILE_ACTIVATIONS,
} from '../lib/elementwise.ts';
import { bits } from './bits.ts';
import { branch } from './branch.ts';
import { naive } from './naive.ts';
import { parallel } from './parallel.ts';
import { positive } from './positive.ts';
import { reluReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { webgpu } from './webgpu.ts';

/**
 * The `maximum` of IEEE 754-2019: NaN for NaN, and 0, not −0, for −0. One comparison for eight bytes: the bandwidth is the limit of
 * every variant, so that there is nothing to block.
 */
export const relu = defineKernel<Float32Array, ElementwiseShape>({
  name: 'relu',
  formula: 'out[N] = max(x[N], 0)',
  ledger: ['S4-32', 'S4-18'],
  learned: [
    'Signs in no order cost more than arithmetic: masks instead of a comparison are 4.5 times as fast in plain JavaScript, and the comparison that loses NaN is as slow as the right one.',
  ],
  cases: ELEMENTWISE_CASES,
  inputs: activations,
  hostile: HOSTILE_ACTIVATIONS,
  reference: reluReference,
  tolerance: { metric: 'abs', bound: 0, why: 'exact: an element or 0' },
  work: ({ N }) => ({ flops: N, bytes: 8 * N }),
  where: atX,
  variants: [naive, branch, positive, bits, parallel, simd, simdThreads, webgpu],
});
