import type { Reference } from '../kernel.ts';
import type { RopeShape } from '../rope/index.ts';
import { BOUND } from '../rope/tolerance.ts';
import type { RopeBackwardInput } from './index.ts';

/** Each pair (a, b) of token t becomes (a cos φ + b sin φ, b cos φ − a sin φ), φ = (offset + t) · 10000^(−2i/D), in float64. */
export function ropeBackwardReference(
  { g, offset }: RopeBackwardInput,
  { T, H, D, layout }: RopeShape,
): Reference {
  const values = new Float64Array(T * H * D);
  const scale = new Float64Array(T * H * D);
  for (let row = 0; row < T * H; row++) {
    for (let i = 0; i < D / 2; i++) {
      const [first, second] = layout === 'interleaved' ? [2 * i, 2 * i + 1] : [i, i + D / 2];
      const angle = (offset + Math.floor(row / H)) / 10_000 ** ((2 * i) / D);
      const cos = Math.cos(angle);
      const sin = Math.sin(angle);
      const a = g[row * D + first]!;
      const b = g[row * D + second]!;
      values[row * D + first] = a * cos + b * sin;
      values[row * D + second] = b * cos - a * sin;
      const flushed = 2 ** -124 / BOUND;
      scale[row * D + first] = Math.abs(a * cos) + Math.abs(b * sin) + flushed;
      scale[row * D + second] = Math.abs(b * cos) + Math.abs(a * sin) + flushed;
    }
  }
  return { values, scale };
}
