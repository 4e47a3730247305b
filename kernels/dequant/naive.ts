import { defineVariant } from '../kernel.ts';
import { decodeHalf } from '../lib/f16.ts';
import { jsVariant } from '../lib/js.ts';
import type { Quant } from '../lib/quant.ts';
import type { DequantInput, DequantShape } from './index.ts';

/** Weight by weight as the format is described; the scale is read and decoded 32 times a block. */
export function dequantNaive(blocks: DataView, quant: Quant, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) {
    const within = i % 32;
    if (quant === 'q8_0') {
      const start = Math.floor(i / 32) * 34;
      const d = decodeHalf(blocks.getUint16(start, true));
      out[i] = d * blocks.getInt8(start + 2 + within);
    } else {
      const start = Math.floor(i / 32) * 18;
      const d = decodeHalf(blocks.getUint16(start, true));
      const byte = blocks.getUint8(start + 2 + (within % 16));
      out[i] = d * ((within < 16 ? byte & 15 : byte >> 4) - 8);
    }
  }
}

export const naive = defineVariant<DequantInput, DequantShape>({
  name: 'naive',
  backend: 'js',
  idea: 'weight by weight through a DataView, the scale decoded again for each',
  prepare({ blocks }, { R, C, quant }) {
    const view = new DataView(blocks.buffer, blocks.byteOffset, blocks.byteLength);
    return jsVariant(R * C, (out) => dequantNaive(view, quant, out));
  },
});
