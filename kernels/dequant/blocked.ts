import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import { QUANTS } from '../lib/quant.ts';
import type { DequantInput, DequantShape } from './index.ts';
import { LOOPS } from './loops.ts';

export const blocked = defineVariant<DequantInput, DequantShape>({
  name: 'blocked',
  backend: 'js',
  idea: 'a loop for each format, block by block: the scales once, all weights of a byte at once, the inner loop unrolled',
  prepare({ blocks }, { R, C, quant }) {
    const loop = LOOPS[quant];
    const count = (R * C) / QUANTS[quant].block;
    return jsVariant(R * C, (out) => loop(blocks, out, 0, count));
  },
});
