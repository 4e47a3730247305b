import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { RopeInput, RopeShape } from './index.ts';
import { ropeAngle } from './tables.ts';

/**
 * Cosine and sine of a pair at the first token and of one step, by the library; from token to token by the addition theorem. In float64
 * each step errs by some 2⁻⁵³, so that a million tokens stay below the rounding of float32.
 */
export function ropeRecurrence({ x, offset, inverse }: RopeInput, out: Float32Array, shape: RopeShape): void {
  const { T, H, D, layout } = shape;
  const step = layout === 'interleaved' ? 2 : 1;
  const distance = layout === 'interleaved' ? 1 : D / 2;
  const sign = inverse ? -1 : 1;
  for (let i = 0; i < D / 2; i++) {
    const angle = sign * ropeAngle(1, i, D);
    const stepCos = Math.cos(angle);
    const stepSin = Math.sin(angle);
    const start = sign * ropeAngle(offset, i, D);
    let cos = Math.cos(start);
    let sin = Math.sin(start);
    for (let t = 0; t < T; t++) {
      for (let at = t * H * D + i * step, end = at + H * D; at < end; at += D) {
        const a = x[at]!;
        const b = x[at + distance]!;
        out[at] = a * cos - b * sin;
        out[at + distance] = a * sin + b * cos;
      }
      const next = cos * stepCos - sin * stepSin;
      sin = sin * stepCos + cos * stepSin;
      cos = next;
    }
  }
}

export const recurrence = defineVariant<RopeInput, RopeShape>({
  name: 'recurrence',
  backend: 'js',
  idea: 'no table: each token’s cosines and sines from those of the one before, two of each a pair from the library',
  prepare: (input, shape) =>
    jsVariant(shape.T * shape.H * shape.D, (out) => ropeRecurrence(input, out, shape)),
});
