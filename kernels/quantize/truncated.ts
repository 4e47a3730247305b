import { defineVariant } from '../kernel.ts';
import { decodeHalf, encodeHalf } from '../lib/f16.ts';
import { jsVariant } from '../lib/js.ts';
import type { QuantizeInput, QuantizeShape } from './index.ts';
import { quantizeShares, shareOf } from './naive.ts';

export const truncated = defineVariant<QuantizeInput, QuantizeShape>({
  name: 'truncated',
  backend: 'js',
  exhibit: true,
  ledger: ['S3-46'],
  tolerance: {
    metric: 'abs',
    bound: Number.POSITIVE_INFINITY,
    why: 'off by up to a whole step, max|x| / 127, whatever that is',
  },
  idea: 'int8(x / d) cuts off instead of rounding: four times the squared error (6 dB), every number shrunk by half a step on average, twice as many zeros',
  prepare({ x }, { C, per }) {
    const share = shareOf(per, x.length, C);
    const scale = per === 'q8_0' ? (d: number) => decodeHalf(encodeHalf(d)) : (d: number) => d;
    return jsVariant(x.length, (y) => quantizeShares(x, y, share, Math.trunc, scale));
  },
});
