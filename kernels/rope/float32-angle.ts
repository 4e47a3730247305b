import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import { ropeRows } from './blocked.ts';
import type { RopeInput, RopeShape } from './index.ts';
import { ropeAngle } from './tables.ts';

const f32 = Math.fround;

/** The table of tables.ts, from angles that are products of float32 numbers and float32 themselves. */
export function float32Table(T: number, D: number, offset: number, inverse = false): Float64Array {
  const table = new Float64Array(T * D);
  for (let t = 0; t < T; t++) {
    for (let i = 0; 2 * i < D; i++) {
      const angle = f32(f32(offset + t) * f32(ropeAngle(1, i, D)));
      table[t * D + 2 * i] = Math.cos(angle);
      table[t * D + 2 * i + 1] = Math.sin(inverse ? -angle : angle);
    }
  }
  return table;
}

export const float32Angle = defineVariant<RopeInput, RopeShape>({
  name: 'float32-angle',
  backend: 'js',
  idea: 'a table of float32 angles, as many libraries make it: an angle of 2047 is off by up to 6e-5, one of 100,000 by 4e-3',
  exhibit: true,
  tolerance: {
    metric: 'scaled',
    bound: Number.POSITIVE_INFINITY,
    why: 'grows with the position, and without bound where cosine or sine is 0',
  },
  prepare({ x, offset, inverse }, { T, H, D, layout }) {
    const table = float32Table(T, D, offset, inverse);
    return jsVariant(T * H * D, (out) => ropeRows(x, table, out, H, D, layout, 0, T * H));
  },
});
