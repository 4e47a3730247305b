import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { RopeInput, RopeShape } from './index.ts';
import { ropeAngle } from './tables.ts';

/** The formula as it is written: power, cosine and sine again for every pair of every head. */
export function ropeNaive({ x, offset, inverse }: RopeInput, out: Float32Array, shape: RopeShape): void {
  const { T, H, D, layout } = shape;
  const step = layout === 'interleaved' ? 2 : 1;
  const distance = layout === 'interleaved' ? 1 : D / 2;
  for (let t = 0; t < T; t++) {
    for (let h = 0; h < H; h++) {
      const head = (t * H + h) * D;
      for (let i = 0; i < D / 2; i++) {
        const angle = (inverse ? -1 : 1) * ropeAngle(offset + t, i, D);
        const cos = Math.cos(angle);
        const sin = Math.sin(angle);
        const at = head + i * step;
        const a = x[at]!;
        const b = x[at + distance]!;
        out[at] = a * cos - b * sin;
        out[at + distance] = a * sin + b * cos;
      }
    }
  }
}

export const naive = defineVariant<RopeInput, RopeShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the formula as written: power, cosine and sine of every pair of every head at every call',
  ledger: ['S0-12'],
  prepare: (input, shape) => jsVariant(shape.T * shape.H * shape.D, (out) => ropeNaive(input, out, shape)),
});
