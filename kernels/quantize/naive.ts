import { defineVariant } from '../kernel.ts';
import { decodeHalf, encodeHalf } from '../lib/f16.ts';
import { jsVariant } from '../lib/js.ts';
import type { Per, QuantizeInput, QuantizeShape } from './index.ts';

const f32 = Math.fround;
/** 1.5 · 2^52: the sum with it has no place for a fraction, so that it is rounded to nearest, ties to even. */
const ROUND = 1.5 * 2 ** 52;

/** Nearest, ties to even. */
export const toEven = (v: number): number => v + ROUND - ROUND;
/** Nearest, ties away from zero, as C's roundf. */
export const awayFromZero = (v: number): number => (v < 0 ? -Math.floor(0.5 - v) : Math.floor(v + 0.5));

/** y = d · round(x / d) with a scale for each `share` of x. */
export function quantizeShares(
  x: Float32Array,
  y: Float32Array,
  share: number,
  round: (v: number) => number,
  scale: (d: number) => number,
): void {
  for (let start = 0; start < x.length; start += share) {
    const end = start + share;
    let most = 0;
    for (let i = start; i < end; i++) most = Math.max(most, Math.abs(x[i]!));
    const d = f32(most / 127);
    const inverse = d === 0 ? 0 : f32(1 / d);
    const kept = scale(d);
    for (let i = start; i < end; i++) y[i] = kept * round(f32(x[i]! * inverse));
  }
}

/** How many numbers share a scale. */
export function shareOf(per: Per, n: number, C: number): number {
  if (per === 'tensor') return n;
  return per === 'row' ? C : 32;
}

const asIs = (d: number): number => d;
const asHalf = (d: number): number => decodeHalf(encodeHalf(d));

export const naive = defineVariant<QuantizeInput, QuantizeShape>({
  name: 'naive',
  backend: 'js',
  idea: 'for each scale one loop for the largest magnitude and one that rounds',
  prepare({ x }, { C, per }) {
    const share = shareOf(per, x.length, C);
    if (per === 'q8_0') return jsVariant(x.length, (y) => quantizeShares(x, y, share, awayFromZero, asHalf));
    return jsVariant(x.length, (y) => quantizeShares(x, y, share, toEven, asIs));
  },
});
