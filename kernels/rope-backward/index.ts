import { defineKernel } from '../kernel.ts';
import { normals, type Rng } from '../lib/rng.ts';
import { LAYOUTS, type RopeShape } from '../rope/index.ts';
import { BOUND } from '../rope/tolerance.ts';
import { blocked } from './blocked.ts';
import { naive } from './naive.ts';
import { ropeBackwardReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';

export interface RopeBackwardInput {
  /** The gradient with respect to the turned elements, `[T, H, D]`. */
  readonly g: Float32Array;
  /** Position of the first token. */
  readonly offset: number;
}

const changed =
  (change: (v: number, index: number) => number, offset = 0) =>
  ({ T, H, D }: RopeShape, rng: Rng): RopeBackwardInput => ({
    g: normals(rng, T * H * D).map(change),
    offset,
  });

/**
 * The gradient of rotary embedding. A rotation's Jacobian is the rotation, and its transpose turns back: the same work as forward with
 * the sines negated. Shapes and layouts as in `rope`. No workers and no WebGPU: it is `rope` with another table, and shows nothing more.
 */
export const ropeBackward = defineKernel<RopeBackwardInput, RopeShape>({
  name: 'rope-backward',
  formula: 'dx[T,H,D] = pairs of g[T,H,D] turned back by the angle (offset + t) · 10000^(−2i/D)',
  ledger: ['S2-37'],
  learned: [
    'A transposed rotation is the forward loop with another table: it needs no code of its own, and has the speed of `rope` (169 times `naive` in SIMD).',
  ],
  cases: [
    { shape: { T: 1, H: 1, D: 2, layout: 'interleaved' }, from: 'one pair' },
    { shape: { T: 1, H: 1, D: 2, layout: 'half' }, from: 'one pair' },
    { shape: { T: 7, H: 3, D: 62, layout: 'interleaved' }, from: 'tile − 1 pair' },
    { shape: { T: 7, H: 3, D: 62, layout: 'half' }, from: 'tile − 1 pair' },
    { shape: { T: 2, H: 1, D: 66, layout: 'interleaved' }, from: 'tile + 1 pair, fewer rows than threads' },
    { shape: { T: 2, H: 1, D: 66, layout: 'half' }, from: 'tile + 1 pair, fewer rows than threads' },
    { shape: { T: 128, H: 9, D: 64, layout: 'half' }, from: 'SmolLM2-135M: queries of 128 tokens' },
    { shape: { T: 64, H: 32, D: 64, layout: 'interleaved' }, from: 'TinyLlama 1.1B as GGUF files order it' },
  ],
  validate({ D, layout }) {
    if (D % 2 !== 0) throw new Error(`rope-backward: D = ${D} is odd, and elements turn in pairs`);
    if (!LAYOUTS.includes(layout))
      throw new Error(`rope-backward: no layout "${layout}"; there are ${LAYOUTS.join(' and ')}`);
  },
  inputs: changed((v) => v, 100),
  hostile: {
    'all 0': changed(() => 0),
    'gradients around 1e30': changed((v) => v * 1e30),
    denormals: changed((v) => v * 1e-40, 5),
    'one NaN': changed((v, index) => (index === 1 ? Number.NaN : v), 3),
    'position 100000': changed((v) => v, 100_000),
  },
  reference: ropeBackwardReference,
  tolerance: {
    metric: 'scaled',
    bound: BOUND,
    why: 'relative to |a cos| + |b sin|: a float32 table value, a product and the sum each round by 2^-24 (3 · 2^-24 = 1.79e-7)',
  },
  work: ({ T, H, D }) => ({ flops: 3 * T * H * D, bytes: 8 * T * H * D }),
  where: (_, { H, D }, index) =>
    `token ${Math.floor(index / (H * D))}, head ${Math.floor(index / D) % H}, element ${index % D}`,
  variants: [naive, blocked, simd, simdThreads],
});
