import type { Reference } from '../kernel.ts';
import type { RopeInput, RopeShape } from './index.ts';
import { BOUND } from './tolerance.ts';

/** The smallest normal float32: a GPU may take what is below it for 0, in what it reads and in what it writes. */
const FLUSHED = 2 ** -126;

/**
 * What an angle is off by in reference and variant together, relative: a power of θ by up to one ULP, its product with the position
 * by half of one. At position 100,000 it is 1e-11 radians, which is all there is of the sum where both products are small.
 */
const ANGLE = 3 * 2 ** -52;

/**
 * Each pair (a, b) of each head of token t becomes (a cos φ − b sin φ, a sin φ + b cos φ) with φ = (offset + t) · θ^(−2i/D),
 * in float64; with `inverse` by −φ. A NaN makes both elements of its pair NaN and no other. `scale` is the sum of the magnitudes of the two
 * products, since they may cancel, plus what the rounding of φ and flushing denormals to 0 may change.
 */
export function ropeReference({ x, offset, inverse }: RopeInput, { T, H, D, layout }: RopeShape): Reference {
  const values = new Float64Array(T * H * D);
  const scale = new Float64Array(T * H * D);
  for (let t = 0; t < T; t++) {
    for (let h = 0; h < H; h++) {
      for (let i = 0; i < D / 2; i++) {
        const start = (t * H + h) * D;
        const first = start + (layout === 'interleaved' ? 2 * i : i);
        const second = start + (layout === 'interleaved' ? 2 * i + 1 : i + D / 2);
        const angle = (offset + t) / 10_000 ** ((2 * i) / D);
        const cos = Math.cos(angle);
        const sin = inverse ? -Math.sin(angle) : Math.sin(angle);
        const a = x[first]!;
        const b = x[second]!;
        values[first] = a * cos - b * sin;
        values[second] = a * sin + b * cos;
        const flushed = (4 * FLUSHED) / BOUND;
        const turned = (ANGLE * Math.abs(angle)) / BOUND;
        const [along, across] = [
          Math.abs(a * cos) + Math.abs(b * sin),
          Math.abs(a * sin) + Math.abs(b * cos),
        ];
        scale[first] = along + turned * across + flushed;
        scale[second] = across + turned * along + flushed;
      }
    }
  }
  return { values, scale };
}
