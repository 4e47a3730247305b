/** How much quantisation costs, in decibels. */
import { describe, expect, it } from 'vitest';
import { normals, rng, uniforms } from '../lib/rng.ts';
import { fakeQuantRows } from './blocked.ts';
import { fakeQuantTruncated } from './truncated.ts';

const R = 64;
const C = 576;

/** Signal to noise. */
function decibels(x: Float32Array, out: Float32Array): number {
  const noise = out.reduce((sum, v, i) => sum + (v - x[i]!) ** 2, 0);
  return 10 * Math.log10(x.reduce((sum, v) => sum + v * v, 0) / noise);
}

function quantised(x: Float32Array, B: number): Float32Array {
  const out = new Float32Array(x.length);
  fakeQuantRows(x, out, C, B, 0, R);
  return out;
}

describe('round trip', () => {
  const x = normals(rng('weights'), R * C);

  it.each([16, 8, 4])('B = %i: an error of at most half a step, and a float32 rounding', (B) => {
    const out = quantised(x, B);
    for (let r = 0; r < R; r++) {
      const row = x.subarray(r * C, (r + 1) * C);
      const largest = row.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
      const half = largest / (2 ** (B - 1) - 1) / 2;
      for (let c = 0; c < C; c++) {
        expect(Math.abs(out[r * C + c]! - row[c]!)).toBeLessThanOrEqual(half + largest * 2 ** -23);
      }
    }
  });

  it('is its own fixed point: what is quantised stays as it is', () => {
    const once = quantised(x, 8);
    const twice = quantised(once, 8);
    for (let i = 0; i < once.length; i++)
      expect(Math.abs(twice[i]! - once[i]!)).toBeLessThanOrEqual(1e-6 * Math.abs(once[i]!));
  });

  it('W8 is 25 dB better than W4: 20 log10(127 / 7)', () => {
    const difference = decibels(x, quantised(x, 8)) - decibels(x, quantised(x, 4));
    expect(Math.abs(difference - 20 * Math.log10(127 / 7))).toBeLessThan(0.5);
  });

  it('cutting instead of rounding costs 6 dB', () => {
    const even = uniforms(rng('even'), R * C, -1, 1);
    const cut = new Float32Array(even.length);
    fakeQuantTruncated(even, cut, { R, C, B: 8 });
    expect(Math.abs(decibels(even, quantised(even, 8)) - decibels(even, cut) - 6.02)).toBeLessThan(0.3);
  });
});
