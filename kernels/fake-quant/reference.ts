import type { Reference } from '../kernel.ts';
import type { FakeQuantShape } from './index.ts';

/** Largest error relative to the output: two roundings in float32, and what WGSL allows a division. */
export const BOUND = 2 ** -21;
/** The smallest normal float32. */
const SMALLEST = 2 ** -126;

/**
 * s · round(x / s), halves to even, s = max |x| / (2^(B − 1) − 1), in float64; 0 where s is denormal. `scale` is |out|, and a step more where
 * the quotient is so near to a half that float32 may round it to either side.
 */
export function fakeQuantReference(x: Float32Array, { R, C, B }: FakeQuantShape): Reference {
  const values = new Float64Array(R * C);
  const scale = new Float64Array(R * C);
  for (let r = 0; r < R; r++) {
    const row = x.subarray(r * C, (r + 1) * C);
    const largest = row.reduce((most, v) => (Math.abs(v) > most ? Math.abs(v) : most), 0);
    const step = largest / (2 ** (B - 1) - 1);
    for (let c = 0; c < C; c++) {
      const quotient = row[c]! / step;
      const down = Math.floor(quotient);
      const part = quotient - down;
      const even = down % 2 === 0 ? down : down + 1;
      const value = step * (part === 0.5 ? even : Math.round(quotient));
      values[r * C + c] = step < SMALLEST ? row[c]! * 0 : value;
      const isOpen = Math.abs(part - 0.5) <= Math.abs(quotient) * 2 ** -21 || step < 2 * SMALLEST;
      const open = isOpen ? (1.001 * Math.max(step, SMALLEST)) / BOUND : 0;
      scale[r * C + c] = Math.abs(value) + 2 ** -100 + open;
    }
  }
  return { values, scale };
}
