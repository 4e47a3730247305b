import type { Reference } from '../kernel.ts';
import type { KvInput, KvShape } from './index.ts';

/** Element (t, g, d) of the keys, then of the values, where the layout wants it. */
export function kvReference({ k, v }: KvInput, { T, G, D, layout }: KvShape): Reference {
  const values = new Float64Array(2 * T * G * D);
  for (let t = 0; t < T; t++) {
    for (let g = 0; g < G; g++) {
      for (let d = 0; d < D; d++) {
        const from = (t * G + g) * D + d;
        const to = layout === 'token' ? from : (g * T + t) * D + d;
        values[to] = k[from]!;
        values[T * G * D + to] = v[from]!;
      }
    }
  }
  return { values };
}
