import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { RopeShape } from '../rope/index.ts';
import { ropeAngle } from '../rope/tables.ts';
import type { RopeBackwardInput } from './index.ts';

/** The formula as it is written: power, cosine and sine again for every pair of every head. */
export function ropeBackwardNaive(
  g: Float32Array,
  dx: Float32Array,
  offset: number,
  { T, H, D, layout }: RopeShape,
): void {
  const step = layout === 'interleaved' ? 2 : 1;
  const distance = layout === 'interleaved' ? 1 : D / 2;
  for (let t = 0; t < T; t++) {
    for (let h = 0; h < H; h++) {
      for (let i = 0; i < D / 2; i++) {
        const angle = ropeAngle(offset + t, i, D);
        const cos = Math.cos(angle);
        const sin = Math.sin(angle);
        const at = (t * H + h) * D + i * step;
        const a = g[at]!;
        const b = g[at + distance]!;
        dx[at] = a * cos + b * sin;
        dx[at + distance] = b * cos - a * sin;
      }
    }
  }
}

export const naive = defineVariant<RopeBackwardInput, RopeShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the formula as written: power, cosine and sine of every pair of every head at every call',
  prepare: ({ g, offset }, shape) =>
    jsVariant(shape.T * shape.H * shape.D, (dx) => ropeBackwardNaive(g, dx, offset, shape)),
});
