import { defineKernel } from '../kernel.ts';
import { activations } from '../lib/elementwise.ts';
import { normals, type Rng } from '../lib/rng.ts';
import { changedNormals, EDGE_ROWS, type RowsShape } from '../lib/rows.ts';
import { blocked } from './blocked.ts';
import { naive } from './naive.ts';
import { parallel } from './parallel.ts';
import { biasGeluReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { simdTwoPass } from './simd-two-pass.ts';
import { webgpu } from './webgpu.ts';

/** `x`, the product of a layer's matrix, is `[R, C]`; `bias` is `[C]`. */
export interface BiasGeluInput {
  readonly x: Float32Array;
  readonly bias: Float32Array;
}

const changed =
  (change: (v: number, row: number, column: number) => number) =>
  (shape: RowsShape, rng: Rng): BiasGeluInput => ({
    x: changedNormals(shape, rng, change),
    bias: normals(rng, shape.C, 0.1),
  });

/** The end of the first layer of a GPT-2 MLP. Φ is the normal distribution function; 0 for −Infinity, NaN for NaN. */
export const biasGelu = defineKernel<BiasGeluInput, RowsShape>({
  name: 'bias-gelu',
  formula: 'out[R,C] = v · Φ(v), v = x[R,C] + bias[C]',
  ledger: ['S4-26'],
  learned: [
    'Bias and GELU in one pass save a tenth of the time of two while everything is in cache; the rational function in place of erfc had saved four fifths before.',
  ],
  cases: [
    ...EDGE_ROWS,
    { shape: { R: 1, C: 3072 }, from: 'GPT-2 124M: MLP hidden layer, one token' },
    { shape: { R: 64, C: 3072 }, from: 'GPT-2 124M: MLP hidden layer, 64 tokens' },
    { shape: { R: 1024, C: 3072 }, from: 'GPT-2 124M: 1024 tokens, beyond the caches', slow: true },
  ],
  inputs: ({ R, C }, rng) => ({ x: activations({ N: R * C }, rng), bias: normals(rng, C, 0.1) }),
  hostile: {
    'infinities and NaN': changed((v, row, column) =>
      column !== row ? v : ([Infinity, -Infinity, Number.NaN][row % 3] ?? v),
    ),
    denormals: changed((v) => v * 1e-40),
    'huge numbers': changed((v) => v * 1e37),
    'around saturation': changed((v) => Math.sign(v) * 5.6 + v / 4),
  },
  reference: biasGeluReference,
  tolerance: {
    metric: 'scaled',
    bound: 6 * 2 ** -24,
    why: 'relative to |v|: 4 · 2^-24 for Φ as in `gelu`, and the rounding of the sum v, 2^-24 of it, times a slope of at most 1.13',
  },
  // Addition and product; Φ counts as one.
  work: ({ R, C }) => ({ flops: 3 * R * C, bytes: 4 * (2 * R * C + C) }),
  where: ({ x, bias }, { C }, index) => `x = ${x[index]}, bias = ${bias[index % C]}`,
  variants: [naive, blocked, parallel, simdTwoPass, simd, simdThreads, webgpu],
});
