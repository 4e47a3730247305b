import type { Reference } from '../kernel.ts';
import type { F16CodecInput, F16CodecShape } from './index.ts';

/** The value of a half by its definition. */
export function halfOf(code: number): number {
  const sign = code >= 0x8000 ? -1 : 1;
  const exponent = Math.floor(code / 1024) % 32;
  const fraction = (code % 1024) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15);
}

/** The code of the half nearest to a float32, ties to the even one. */
function codeOf(x: number): number {
  if (Number.isNaN(x)) return 0x7e00;
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(x);
  // Codes grow with their values: the last that is not above x, by halving.
  let below = 0;
  let above = 0x7c00;
  while (above - below > 1) {
    const middle = (below + above) >> 1;
    if (halfOf(middle) <= magnitude) below = middle;
    else above = middle;
  }
  // Beyond the largest half the next would be 2^16, whose place Infinity has.
  const upper = above === 0x7c00 ? 65_536 : halfOf(above);
  const rest = magnitude - halfOf(below) - (upper - magnitude);
  return sign + (rest > 0 || (rest === 0 && below % 2 === 1) ? above : below);
}

/** Exact, both ways. */
export function f16CodecReference({ codes, x }: F16CodecInput, { op }: F16CodecShape): Reference {
  return { values: op === 'decode' ? Float64Array.from(codes, halfOf) : Float64Array.from(x, codeOf) };
}
