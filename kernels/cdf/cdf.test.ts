import { describe, expect, it } from 'vitest';
import { normals, rng } from '../lib/rng.ts';
import { TOTAL } from './constants.ts';
import { cdfFloat32 } from './float32.ts';
import { cdfRemainderFirst } from './remainder-first.ts';
import { cdfTruncate } from './truncate.ts';

function softmaxed(S: number, seed: string): Float32Array {
  const weights = Array.from(normals(rng(seed), S, 2), Math.exp);
  const sum = weights.reduce((a, b) => a + b);
  return Float32Array.from(weights, (w) => w / sum);
}

it('| 0 is Math.floor from 0 to 2^31 − 1, and not beyond', () => {
  for (const x of [0, 0.999, 1, 999_999.999, 2 ** 31 - 1, 2 ** 31 - 2 ** -21])
    expect(x | 0).toBe(Math.floor(x));
  for (const x of [-0.5, 2 ** 31, 2 ** 32 + 0.5]) expect(x | 0).not.toBe(Math.floor(x));
});

describe('256 symbols', () => {
  it('sum to 10^6 with a count of 1 at least, and cost at most 3.8e-4 bits a symbol for it', () => {
    const p = softmaxed(256, 'cost');
    const cdf = new Int32Array(257);
    cdfTruncate(p, cdf, 256);
    let cost = 0;
    for (let i = 0; i < 256; i++) {
      const count = cdf[i + 1]! - cdf[i]!;
      expect(count).toBeGreaterThanOrEqual(1);
      cost += p[i]! * (Math.log2(p[i]!) - Math.log2(count / TOTAL));
    }
    expect(cdf[256]).toBe(TOTAL);
    expect(cost).toBeLessThan(3.8e-4);
    expect(Math.log2(TOTAL)).toBeCloseTo(19.93, 2);
  });

  it('whose probabilities sum to 1.002 give symbol 0 a negative count where it takes the remainder', () => {
    const p = softmaxed(256, 'above');
    const sum = p.reduce((a, b) => a + b) - p[0]!;
    p.forEach((v, i) => {
      p[i] = i === 0 ? 0 : (v / sum) * 1.002;
    });
    const cdf = new Int32Array(257);
    cdfRemainderFirst(p, cdf, 256);
    expect(cdf[1]).toBeLessThan(0);
    cdfTruncate(p, cdf, 256);
    expect(cdf.every((v, i) => i === 0 || v > cdf[i - 1]!)).toBe(true);
  });
});

it('a product in float32 gives another table in a few of 100 that have 32000 symbols', () => {
  let different = 0;
  for (let k = 0; k < 100; k++) {
    const p = softmaxed(32_000, `table ${k}`);
    const exact = new Int32Array(32_001);
    const rounded = new Int32Array(32_001);
    cdfTruncate(p, exact, 32_000);
    cdfFloat32(p, rounded, 32_000);
    if (exact.some((v, i) => v !== rounded[i])) different++;
  }
  expect(different).toBeGreaterThan(0);
});
