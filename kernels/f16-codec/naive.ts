import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { F16CodecInput, F16CodecShape } from './index.ts';

/** The definition, with powers of two. */
export function decodeNaive(codes: Uint16Array, y: Float32Array): void {
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    const sign = code & 0x8000 ? -1 : 1;
    const exponent = (code >> 10) & 31;
    const mantissa = code & 1023;
    if (exponent === 31) y[i] = mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
    else if (exponent === 0) y[i] = sign * mantissa * 2 ** -24;
    else y[i] = sign * (1024 + mantissa) * 2 ** (exponent - 25);
  }
}

/** Exponent by logarithm, then the multiples of the spacing there; what rounds up to the next power of two carries by itself. */
export function encodeNaive(x: Float32Array, codes: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    const v = x[i]!;
    const sign = v < 0 || Object.is(v, -0) ? 0x8000 : 0;
    const magnitude = Math.abs(v);
    if (Number.isNaN(v)) codes[i] = 0x7e00;
    else if (magnitude >= 65_520) codes[i] = sign | 0x7c00;
    else {
      let exponent = Math.max(Math.floor(Math.log2(magnitude)), -14);
      // The logarithm of a number just below a power of two may round up to it.
      if (2 ** exponent > magnitude && exponent > -14) exponent--;
      const steps = magnitude / 2 ** (exponent - 10);
      let rounded = Math.floor(steps);
      if (steps - rounded > 0.5 || (steps - rounded === 0.5 && rounded % 2 === 1)) rounded++;
      // A normal number has 1024 to 2047 steps, of which the first 1024 are the hidden bit.
      codes[i] = sign + (exponent + 14) * 1024 + rounded;
    }
  }
}

export const naive = defineVariant<F16CodecInput, F16CodecShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the definition: powers of two, a logarithm for the exponent',
  prepare: ({ codes, x }, { N, op }) =>
    jsVariant(N, (y) => (op === 'decode' ? decodeNaive(codes, y) : encodeNaive(x, y))),
});
