import { defineKernel } from '../kernel.ts';
import { normals, type Rng } from '../lib/rng.ts';
import { naive } from './naive.ts';
import { quantizeReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { truncated } from './truncated.ts';

/**
 * Rows, columns, and what shares a scale: the whole `tensor`, a `row`, a `group` of 32 in a row, or a block of GGUF's `q8_0`, whose
 * scale is rounded to half precision (quants come from the one before). C is a multiple of 32.
 */
export type QuantizeShape = { readonly R: number; readonly C: number; readonly per: Per };
export type Per = 'tensor' | 'row' | 'group' | 'q8_0';
export interface QuantizeInput {
  /** R × C, row-major. */
  readonly x: Float32Array;
}

/** Scales of a tensor of R × C. */
export function scaleCount({ R, C, per }: QuantizeShape): number {
  if (per === 'tensor') return 1;
  return per === 'row' ? R : (R * C) / 32;
}

const cases = (R: number, C: number, from: string) =>
  (['tensor', 'row', 'group', 'q8_0'] as const).map((per) => ({ shape: { R, C, per }, from }));

const plain = ({ R, C }: QuantizeShape, rng: Rng): QuantizeInput => ({ x: normals(rng, R * C) });

/**
 * Weights or activations to 8 bits: d = max|x| / 127, q = x / d rounded to nearest (ties to even; `q8_0`: away from zero, as ggml
 * does), both in float32. The output is what is kept: d · q, so that every scheme is held against the numbers it stands for. A
 * scale of 0 gives zeros, not NaN. There is no WebGPU variant: a division may be off by 2.5 ULP in WGSL, and quants that stand on a
 * tie would differ; no workers and no blocked loop: scales make it one pass over memory, as `naive` is. Q4_0 is made when a model is
 * written (lib/quantize.ts), never while one runs.
 */
export const quantize = defineKernel<QuantizeInput, QuantizeShape>({
  name: 'quantize',
  formula: 'y[R,C] = d · round(x / d), d = max|x| / 127 of what shares a scale',
  ledger: ['S3-45', 'S3-47', 'S4-46'],
  learned: [
    'Rounding ties to even is what plain JavaScript pays for: cutting off takes a fifth of the time and gives four times the squared error. SIMD has an instruction for it, and is 50 times as fast.',
  ],
  cases: [
    ...cases(1, 32, 'one group'),
    ...cases(3, 96, 'odd: 3 rows of 3 groups, as many rows as threads'),
    ...cases(2, 64, 'fewer rows than threads'),
    ...cases(17, 576, 'SmolLM2-135M: activations of 17 tokens'),
    ...cases(192, 576, 'SmolLM2-135M: attn_k'),
  ],
  validate: ({ R, C, per }) => {
    if (!['tensor', 'row', 'group', 'q8_0'].includes(per))
      throw new Error(`quantize: unknown scheme "${per}"`);
    if (!Number.isSafeInteger(R) || R <= 0) throw new Error(`quantize: ${R} is no number of rows`);
    if (!Number.isSafeInteger(C) || C <= 0 || C % 32 !== 0)
      throw new Error(`quantize: a row of ${C} cannot be cut into groups of 32`);
  },
  inputs: plain,
  hostile: {
    'zeros, and a group of −0': ({ R, C }) => ({ x: new Float32Array(R * C).fill(0).fill(-0, 0, 32) }),
    'a group of zeros among others': (shape, rng) => {
      const { x } = plain(shape, rng);
      return { x: x.fill(0, 0, 32) };
    },
    'one outlier, beside which the rest is one step': (shape, rng) => {
      const { x } = plain(shape, rng);
      x[rng.integer(x.length)] = 1e4;
      return { x };
    },
    'halfway between two quants': ({ R, C }) => ({
      x: Float32Array.from({ length: R * C }, (_, i) => (i % 32 === 5 ? 127 : (i % 97) - 48.5)),
    }),
    'magnitudes from 1e-6 to 1e3': (shape, rng) => ({
      x: plain(shape, rng).x.map((v) => v * 10 ** (9 * rng.uniform() - 6)),
    }),
  },
  reference: quantizeReference,
  tolerance: {
    metric: 'abs',
    bound: 0,
    why: 'every step is one float32 operation, and all agree on its result',
  },
  work: ({ R, C }) => ({ flops: 3 * R * C, bytes: 8 * R * C }),
  where: ({ x }, { C }, i) => `row ${Math.floor(i / C)}, column ${i % C}, x = ${x[i]}`,
  variants: [naive, truncated, simd, simdThreads],
});
