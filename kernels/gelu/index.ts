import { defineKernel } from '../kernel.ts';
import {
  activations,
  atX,
  ELEMENTWISE_CASES,
  type ElementwiseShape,
  HOSTILE_ACTIVATIONS,
} from '../lib/elementwise.ts';
import { blocked } from './blocked.ts';
import { naive } from './naive.ts';
import { pade } from './pade.ts';
import { parallel } from './parallel.ts';
import { peers } from './peers.ts';
import { geluReference } from './reference.ts';
import { sigmoid } from './sigmoid.ts';
import { simd, simdThreads } from './simd.ts';
import { table } from './table.ts';
import { tanh } from './tanh.ts';
import { webgpu } from './webgpu.ts';

/** Φ is the normal distribution function. 0 for −Infinity (the limit), Infinity for Infinity, NaN for NaN. */
export const gelu = defineKernel<Float32Array, ElementwiseShape>({
  name: 'gelu',
  formula: 'out[N] = x[N] · Φ(x[N]), Φ(x) = ½ erfc(−x / √2)',
  ledger: ['S4-29', 'S4-30'],
  learned: [
    'The usual approximations trade accuracy for nothing: the exact function as a rational one is 2.1 times as fast as `pade`, 2.3 times as `sigmoid` and 4.8 times as `tanh`. Only a table is faster in plain JavaScript, and SIMD is 3.7 times as fast as that.',
    'A function that is called for each element costs nothing where V8 inlines it, and three times the work where it does not: in Node 24 the loop of `blocked` was left in Maglev at N=3072, 90 kB of boxed numbers a call, until its formula was written out (29.8 to 9.2 µs, `npx zoo bench gelu/blocked --case N=3072`; Node 20 and Bun always inlined it).',
    'In Node 22 the loop of simd has 146 instructions and stores nine spilled registers, where Node 24 has 125 and stores one (npx zoo profile gelu/simd --code --case N=3072 --runtime node@22).',
  ],
  cases: ELEMENTWISE_CASES,
  inputs: activations,
  hostile: HOSTILE_ACTIVATIONS,
  reference: geluReference,
  tolerance: {
    metric: 'scaled',
    bound: 2 ** -22,
    why: 'relative to |x|, which makes it the absolute error of Φ(x): 4 · 2^-24 for some eight roundings in float32 of Φ ≤ 1 (2.9 measured over every float32 with 2^-13 ≤ |x| ≤ 6). Relative to the result would ask for Φ(x) to all its digits where it falls to 0 with e^(−x²/2), which costs an exponential and which no model can notice',
  },
  // Φ counts as one.
  work: ({ N }) => ({ flops: 2 * N, bytes: 8 * N }),
  where: atX,
  variants: [naive, tanh, sigmoid, pade, table, blocked, parallel, simd, simdThreads, webgpu, ...peers],
});
