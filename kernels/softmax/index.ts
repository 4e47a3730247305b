import { defineKernel } from '../kernel.ts';
import { normals } from '../lib/rng.ts';
import { atRow, HOSTILE_LOGITS, type RowsShape } from '../lib/rows.ts';
import { blocked } from './blocked.ts';
import { naive } from './naive.ts';
import { online } from './online.ts';
import { pade } from './pade.ts';
import { parallel } from './parallel.ts';
import { peers } from './peers.ts';
import { polynomial } from './polynomial.ts';
import { softmaxReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { unshifted } from './unshifted.ts';
import { webgpu } from './webgpu.ts';

export type SoftmaxShape = RowsShape;

export const softmax = defineKernel<Float32Array, SoftmaxShape>({
  name: 'softmax',
  formula: 'out[R,C] = exp(x[R,C] − max_C x) / Σ_C exp(x − max_C x)',
  ledger: ['S4-33'],
  learned: [
    'Plain JavaScript pays for Math.exp: a polynomial that V8 inlines nearly halves the time of `blocked`. The online form saves a pass over a row that is in cache anyway, and takes 1.6 times as long as `blocked`.',
    'A benchmark of time alone would prefer `pade`, twice as fast as the right `polynomial`.',
    'In SIMD e^(x − max) is best taken as a power of 2: one step of range reduction and one degree less, for one product more, took a fifth of the time away (`zoo gate`, 12 pairs of processes: −21 % for a row of 49152, −23 % for rows of 128), and −18 to −29 % of `log-softmax` and `cross-entropy`.',
    'Four vectors of sums beside the eleven constants of an exponential leave no registers: V8 spilled nine vectors a turn. One vector of sums, added up before the stores, leaves five and takes 9 % fewer instructions.',
    'Instructions are not what it waits for any more: with an integer in place of the maximum, and fused multiply-adds for the range reduction, it had three fewer of 17 and took as long (`zoo gate`, 24 pairs: −2.0 % within −7.7 to +4.1 % for a row of 49152).',
    'Where the time of simd goes in a row of 49152: 73 % to the loop of the exponentials, 93 instructions for 16 elements, of which 60 are vector operations; the rest to the passes before it, for the maximum, and behind it, for the product with the sum (npx zoo profile softmax/simd --code --case R=1,C=49152).',
  ],
  cases: [
    { shape: { R: 1, C: 1 }, from: 'one element' },
    { shape: { R: 3, C: 15 }, from: 'tile − 1, odd' },
    { shape: { R: 5, C: 16 }, from: 'one tile' },
    { shape: { R: 2, C: 17 }, from: 'tile + 1' },
    { shape: { R: 7, C: 1025 }, from: 'odd, large tile + 1' },
    { shape: { R: 1536, C: 128 }, from: 'GPT-2 124M: attention scores, 12 heads × 128 queries, 128 keys' },
    { shape: { R: 288, C: 1024 }, from: 'SmolLM2-135M: attention scores, 9 heads × 32 queries, 1024 keys' },
    { shape: { R: 1, C: 49152 }, from: 'SmolLM2-135M: logits of one token' },
    { shape: { R: 4, C: 32000 }, from: 'TinyLlama 1.1B: logits of four tokens' },
  ],
  // Scores and logits of trained models spread over ten or so.
  inputs: ({ R, C }, rng) => normals(rng, R * C, 3),
  hostile: HOSTILE_LOGITS,
  reference: softmaxReference,
  tolerance: {
    metric: 'scaled',
    bound: 2e-6,
    why: 'relative to the result × (1 + |x − max| / 8): x − max is rounded to float32, and the sum of a row of 49152 in float32 lanes; results below 2^-126 may be 0',
  },
  // Subtraction, exponential (counted as one), sum, and scaling; the maximum is not arithmetic.
  work: ({ R, C }) => ({ flops: 4 * R * C, bytes: 8 * R * C }),
  where: (x, { C }, index) => atRow(x, C, index),
  variants: [
    naive,
    unshifted,
    pade,
    blocked,
    online,
    polynomial,
    parallel,
    simd,
    simdThreads,
    webgpu,
    ...peers,
  ],
});
