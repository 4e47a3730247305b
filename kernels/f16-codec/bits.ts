import { defineVariant } from '../kernel.ts';
import { decodeHalf, encodeHalf } from '../lib/f16.ts';
import { jsVariant } from '../lib/js.ts';
import type { F16CodecInput, F16CodecShape } from './index.ts';

export function decodeBits(codes: Uint16Array, y: Float32Array): void {
  for (let i = 0; i < codes.length; i++) y[i] = decodeHalf(codes[i]!);
}

export function encodeBits(x: Float32Array, codes: Float32Array): void {
  for (let i = 0; i < x.length; i++) codes[i] = encodeHalf(x[i]!);
}

export const bits = defineVariant<F16CodecInput, F16CodecShape>({
  name: 'bits',
  backend: 'js',
  idea: 'the fields moved and rebiased as integers through a float32 and an int32 view of the same four bytes',
  prepare: ({ codes, x }, { N, op }) =>
    jsVariant(N, (y) => (op === 'decode' ? decodeBits(codes, y) : encodeBits(x, y))),
});
