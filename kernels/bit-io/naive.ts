import { defineVariant } from '../kernel.ts';
import { freshVariant } from '../lib/integers.ts';
import type { BitIoInput, BitIoShape } from './index.ts';

/** The bits as text, cut into eights. */
export function bitsAsText(codes: Uint32Array, lengths: Uint8Array): number[] {
  let text = '';
  for (let k = 0; k < codes.length; k++) text += codes[k]!.toString(2).padStart(lengths[k]!, '0');
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i += 8)
    bytes.push(Number.parseInt(text.slice(i, i + 8).padEnd(8, '0'), 2));
  return bytes;
}

export const naive = defineVariant<BitIoInput, BitIoShape>({
  name: 'naive',
  backend: 'js',
  idea: 'the bits as a string of 0 and 1, cut into eights and parsed: a byte of memory and a conversion for each bit',
  prepare: ({ codes, lengths }, { B }) => freshVariant(Math.ceil(B / 8), () => bitsAsText(codes, lengths)),
});
