import { defineKernel } from '../kernel.ts';
import { normals, type Rng } from '../lib/rng.ts';
import { blocked } from './blocked.ts';
import { naive } from './naive.ts';
import { BOUND, layernormBackwardReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';

/** Rows (tokens) and columns (features). */
export type LayernormBackwardShape = { readonly R: number; readonly C: number };

/** `x` and `g`, the gradient with respect to the result, are `[R, C]`; `w`, the gain of each column, is `[C]`. */
export interface LayernormBackwardInput {
  readonly x: Float32Array;
  readonly w: Float32Array;
  readonly g: Float32Array;
}

/** Standard normals changed by `changeX` and `changeG`. */
const changed =
  (
    changeX: (v: number, row: number, column: number) => number = (v) => v,
    changeG: (v: number) => number = (v) => v,
  ) =>
  ({ R, C }: LayernormBackwardShape, rng: Rng): LayernormBackwardInput => ({
    x: normals(rng, R * C).map((v, i) => changeX(v, Math.floor(i / C), i % C)),
    w: normals(rng, C, 0.5).map((v) => 1 + v),
    g: normals(rng, R * C).map(changeG),
  });

/**
 * The gradients of layer normalisation, x̂ w + b with x̂ = (x − mean) / √(variance + 1e-5), with respect to x, w and b, one behind the
 * other. Mean and root are computed again from x. A NaN makes its row of dx NaN, and dw throughout its columns. No workers: what threads
 * give, `simd-threads` shows. No WebGPU: a reduction along rows and one along columns are two dispatches.
 */
export const layernormBackward = defineKernel<LayernormBackwardInput, LayernormBackwardShape>({
  name: 'layernorm-backward',
  formula:
    'out[R·C + 2·C]: dx[R,C] = (h − mean_C h − x̂ mean_C(h x̂)) / √(var_C x + 1e-5), h = g[R,C] · w[C]; dw[C] = Σ_R g x̂; db[C] = Σ_R g',
  learned: [
    'Gradients of weights are what threads cannot simply share: sums of its own for each thread, added up in a second step, leave two threads level with one, at 128 rows of 768.',
  ],
  cases: [
    { shape: { R: 1, C: 1 }, from: 'one element' },
    { shape: { R: 3, C: 15 }, from: 'tile − 1, odd' },
    { shape: { R: 5, C: 16 }, from: 'one tile' },
    { shape: { R: 2, C: 17 }, from: 'tile + 1, fewer rows than threads' },
    { shape: { R: 7, C: 257 }, from: 'odd, large tile + 1' },
    { shape: { R: 128, C: 768 }, from: 'GPT-2 124M: 128 tokens' },
    { shape: { R: 16, C: 2048 }, from: 'as wide as GPT-2 XL and more' },
  ],
  inputs: changed(),
  hostile: {
    'rows of 0': changed(() => 0),
    'values around 1e-4, where ε outweighs the mean': changed((v) => v * 1e-4),
    'values around 1e15': changed((v) => v * 1e15),
    'offset of 1e4': changed((v) => v + 1e4),
    'all equal': changed(() => 1.1),
    'gradients of 1e18': changed(undefined, (v) => v * 1e18),
    'denormal gradients': changed(undefined, (v) => v * 1e-40),
    'a row with a NaN': changed((v, row, column) => (row === 0 && column === 0 ? Number.NaN : v)),
  },
  reference: layernormBackwardReference,
  tolerance: {
    metric: 'scaled',
    bound: BOUND,
    why: 'relative to the magnitudes that meet in an element: four sums a row of up to 2048 numbers in 16 float32 lanes, of which the rounding errors add up to some 3 · 2^-24, seven roundings an element, and dw summed over 128 rows',
  },
  // Mean, variance and two more sums, then dx and both columns' sums.
  work: ({ R, C }) => ({ flops: 18 * R * C, bytes: 4 * (3 * R * C + 3 * C) }),
  where: (_, { R, C }, i) =>
    i < R * C
      ? `dx, row ${Math.floor(i / C)}, column ${i % C}`
      : `${i < R * C + C ? 'dw' : 'db'}, column ${i % C}`,
  variants: [naive, blocked, simd, simdThreads],
});
