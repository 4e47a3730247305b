import { defineKernel } from '../kernel.ts';
import { normals } from '../lib/rng.ts';
import { atRow, changedNormals } from '../lib/rows.ts';
import { blocked } from './blocked.ts';
import { naive } from './naive.ts';
import { parallel } from './parallel.ts';
import { BOUND, fakeQuantReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { truncated } from './truncated.ts';
import { webgpu } from './webgpu.ts';

/** Rows that have a scale of their own (channels, tokens, groups of a row), their columns, and bits. */
export type FakeQuantShape = { readonly R: number; readonly C: number; readonly B: number };

/**
 * Quantised and back: what a model sees of symmetric B-bit weights or activations, in float32. Half of a step goes to the even integer.
 * NaN gives NaN; a row with an Infinity is NaN, as its step is infinite; a row whose step would be denormal becomes 0.
 */
export const fakeQuant = defineKernel<Float32Array, FakeQuantShape>({
  name: 'fake-quant',
  formula: 'out[R,C] = s[R] · round(x[R,C] / s[R]), s[R] = max_C |x| / (2^(B − 1) − 1)',
  ledger: ['S0-4'],
  learned: [
    'Math.round takes most of the time of `naive`: rounding by an addition of 1.5 · 2^52 is 9.5 times as fast. Cutting off instead of rounding, which costs a bit of accuracy, is slower than that by a third.',
  ],
  cases: [
    { shape: { R: 1, C: 1, B: 8 }, from: 'one element' },
    { shape: { R: 3, C: 15, B: 8 }, from: 'tile − 1, odd' },
    { shape: { R: 2, C: 17, B: 16 }, from: 'tile + 1, fewer rows than threads' },
    { shape: { R: 27, C: 32, B: 4 }, from: 'groups of 32' },
    { shape: { R: 576, C: 576, B: 8 }, from: 'SmolLM2-135M: attention output, W8, a scale a row' },
    { shape: { R: 10368, C: 32, B: 4 }, from: 'SmolLM2-135M: attention output, W4, a scale for 32' },
    { shape: { R: 64, C: 576, B: 16 }, from: 'SmolLM2-135M: activations of 64 tokens, A16' },
    { shape: { R: 64, C: 576, B: 8 }, from: 'SmolLM2-135M: activations of 64 tokens, A8' },
    { shape: { R: 64, C: 576, B: 4 }, from: 'SmolLM2-135M: activations of 64 tokens, A4' },
  ],
  validate({ B }) {
    if (!(Number.isInteger(B) && B >= 2 && B <= 16)) throw new Error(`fake-quant: B = ${B} is not in 2 … 16`);
  },
  inputs: ({ R, C }, rng) => normals(rng, R * C),
  hostile: {
    'rows of 0': (shape, rng) => changedNormals(shape, rng, () => 0),
    'all equal': (shape, rng) => changedNormals(shape, rng, () => -0.3),
    denormals: (shape, rng) => changedNormals(shape, rng, (v) => v * 1e-40),
    'halves of a step': ({ R, C, B }, rng) =>
      normals(rng, R * C).map((v, i) => (i % C === 0 ? 2 ** (B - 1) - 1 : Math.round(v) + 0.5)),
    'an outlier in each row': (shape, rng) =>
      changedNormals(shape, rng, (v, _, column) => (column === 0 ? 1e30 : v)),
    'a row with a NaN, a row with an Infinity': (shape, rng) =>
      changedNormals(shape, rng, (v, row, column) =>
        column > 0 ? v : row === 0 ? Number.NaN : row === 1 ? Infinity : v,
      ),
  },
  reference: fakeQuantReference,
  tolerance: {
    metric: 'scaled',
    bound: BOUND,
    why: 'relative to |out|: the step and the product are rounded to float32, and the quotient, which is within 2^-21 of itself of the half of a step may go either way',
  },
  // Magnitude and maximum are no arithmetic; quotient, rounding and product.
  work: ({ R, C }) => ({ flops: 3 * R * C, bytes: 8 * R * C }),
  where: (x, { C }, index) => atRow(x, C, index),
  variants: [naive, truncated, blocked, parallel, simd, simdThreads, webgpu],
});
