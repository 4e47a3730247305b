import { defineKernel } from '../kernel.ts';
import { normals } from '../lib/rng.ts';
import { atRow, EDGE_ROWS, HOSTILE_LOGITS, type RowsShape } from '../lib/rows.ts';
import { blocked } from './blocked.ts';
import { logOfSoftmax } from './log-of-softmax.ts';
import { naive } from './naive.ts';
import { parallel } from './parallel.ts';
import { logSoftmaxReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { webgpu } from './webgpu.ts';

/**
 * What a loss or the probability of a text is made of. −Infinity gives −Infinity; a row of only −Infinity, with Infinity, or with a
 * NaN is NaN.
 */
export const logSoftmax = defineKernel<Float32Array, RowsShape>({
  name: 'log-softmax',
  formula: 'out[R,C] = x[R,C] − max_C x − ln Σ_C exp(x − max_C x)',
  learned: [
    'The form that loses small probabilities, the logarithm of a softmax, is slower as well: 1.7 times the time of `naive`, 28 times that of `simd`.',
  ],
  cases: [
    ...EDGE_ROWS,
    { shape: { R: 64, C: 256 }, from: 'a compressor of bytes: 64 predictions' },
    { shape: { R: 1, C: 49152 }, from: 'SmolLM2-135M: logits of one token' },
    { shape: { R: 4, C: 50257 }, from: 'GPT-2 124M: logits of four tokens' },
  ],
  // Logits of trained models spread over ten or so.
  inputs: ({ R, C }, rng) => normals(rng, R * C, 3),
  hostile: HOSTILE_LOGITS,
  reference: logSoftmaxReference,
  tolerance: {
    metric: 'scaled',
    bound: 5e-7,
    why: 'relative to |x − max| + ln Σ + 1: the difference and the result are rounded to float32 (6e-8 each), the logarithm of a sum whose lanes add up to 64 exponentials in float32 (2e-7 found where one of them outweighs the others; 4.2e-7 in all, in 180 rows of 1000)',
  },
  // Maximum is no arithmetic; difference, exponential (counted as one) and sum; two differences.
  work: ({ R, C }) => ({ flops: 5 * R * C, bytes: 8 * R * C }),
  where: (x, { C }, index) => atRow(x, C, index),
  variants: [naive, logOfSoftmax, blocked, parallel, simd, simdThreads, webgpu],
});
