import { defineKernel } from '../kernel.ts';
import { normals, type Rng } from '../lib/rng.ts';
import { blocked } from './blocked.ts';
import { float32Angle } from './float32-angle.ts';
import { naive } from './naive.ts';
import { otherLayout } from './other-layout.ts';
import { parallel } from './parallel.ts';
import { peers } from './peers.ts';
import { recurrence } from './recurrence.ts';
import { ropeReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { BOUND } from './tolerance.ts';
import { webgpu } from './webgpu.ts';

/**
 * Which elements of a head make pair i: `interleaved` (2i, 2i + 1), as in the paper, Meta's Llama and GPT-J; `half`
 * (i, i + D/2), as in GPT-NeoX and Hugging Face. Weights made for one give nonsense with the other.
 */
export const LAYOUTS = ['interleaved', 'half'] as const;
export type RopeLayout = (typeof LAYOUTS)[number];

/** Tokens, heads, elements of a head (even). */
export type RopeShape = {
  readonly T: number;
  readonly H: number;
  readonly D: number;
  readonly layout: RopeLayout;
};

export interface RopeInput {
  /** `[T, H, D]` */
  readonly x: Float32Array;
  /** Position of the first token; may be negative. */
  readonly offset: number;
  /** Turns back: undoes a turn, and is what a gradient goes through (a rotation’s transpose is its inverse). */
  readonly inverse?: boolean;
}

/** An input at `offset` whose `x` are standard normals changed by `change(v, index)`. */
const changed =
  (change: (v: number, index: number) => number, offset = 0, inverse = false) =>
  ({ T, H, D }: RopeShape, rng: Rng): RopeInput => ({
    x: normals(rng, T * H * D).map(change),
    offset,
    inverse,
  });

export const rope = defineKernel<RopeInput, RopeShape>({
  name: 'rope',
  formula: 'out[T,H,D] = pairs of x[T,H,D] turned by the angle (offset + t) · 10000^(−2i/D)',
  ledger: ['S2-35', 'S2-37'],
  learned: [
    'A table of cosines and sines is worth 16, and turning from token to token without one nearly as much (13). Float32 angles make the table no faster, and wrong at large positions.',
  ],
  cases: [
    { shape: { T: 1, H: 1, D: 2, layout: 'interleaved' }, from: 'one pair' },
    { shape: { T: 1, H: 1, D: 2, layout: 'half' }, from: 'one pair' },
    { shape: { T: 3, H: 5, D: 6, layout: 'interleaved' }, from: 'odd, smaller than a tile' },
    { shape: { T: 3, H: 5, D: 6, layout: 'half' }, from: 'odd, smaller than a tile' },
    { shape: { T: 7, H: 3, D: 62, layout: 'interleaved' }, from: 'tile − 1 pair' },
    { shape: { T: 7, H: 3, D: 62, layout: 'half' }, from: 'tile − 1 pair' },
    { shape: { T: 2, H: 1, D: 66, layout: 'interleaved' }, from: 'tile + 1 pair, fewer rows than threads' },
    { shape: { T: 2, H: 1, D: 66, layout: 'half' }, from: 'tile + 1 pair, fewer rows than threads' },
    { shape: { T: 128, H: 9, D: 64, layout: 'half' }, from: 'SmolLM2-135M: queries of 128 tokens' },
    {
      shape: { T: 1, H: 9, D: 64, layout: 'half' },
      from: 'SmolLM2-135M: queries of one token, position 1000',
    },
    { shape: { T: 64, H: 32, D: 64, layout: 'half' }, from: 'TinyLlama 1.1B: queries of 64 tokens' },
    { shape: { T: 64, H: 32, D: 64, layout: 'interleaved' }, from: 'TinyLlama 1.1B as GGUF files order it' },
  ],
  validate({ D, layout }) {
    if (D % 2 !== 0) throw new Error(`rope: D = ${D} is odd, and elements turn in pairs`);
    if (!LAYOUTS.includes(layout))
      throw new Error(`rope: no layout "${layout}"; there are ${LAYOUTS.join(' and ')}`);
  },
  // A single token is one that is being decoded, somewhere behind a prompt.
  inputs: (shape, rng) => changed((v) => v, shape.T === 1 ? 1000 : 0)(shape, rng),
  hostile: {
    'all 0': changed(() => 0),
    'values around 1e30': changed((v) => v * 1e30),
    denormals: changed((v) => v * 1e-40, 5),
    'one NaN': changed((v, index) => (index === 1 ? Number.NaN : v), 3),
    'position 100000': changed((v) => v, 100_000),
    'turned back': changed((v) => v, 1000, true),
  },
  reference: ropeReference,
  tolerance: {
    metric: 'scaled',
    bound: BOUND,
    why: 'relative to |a cos| + |b sin|: a float32 table value, a product and the sum each round by 2^-24 (3 · 2^-24 = 1.79e-7); numbers below 2^-126 may be taken for 0',
  },
  // Four products and two sums a pair; the table is not counted, so `naive` does more.
  work: ({ T, H, D }) => ({ flops: 3 * T * H * D, bytes: 8 * T * H * D }),
  where: (_, { H, D }, index) =>
    `token ${Math.floor(index / (H * D))}, head ${Math.floor(index / D) % H}, element ${index % D}`,
  variants: [
    naive,
    float32Angle,
    otherLayout,
    recurrence,
    blocked,
    parallel,
    simd,
    simdThreads,
    webgpu,
    ...peers,
  ],
});
