import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { wasmVariant } from '../lib/wasm.ts';
import type { BitIoInput, BitIoShape } from './index.ts';

export const wasm = defineVariant<BitIoInput, BitIoShape>({
  name: 'wasm',
  backend: 'wasm',
  idea: 'a 64-bit integer, which JavaScript has not: four bytes are stored at a time, with one branch a code that is seldom taken',
  prepare: (input, { B }, host) => {
    const layout = (region: Region, { codes, lengths }: BitIoInput) => {
      const c = region.i32(codes);
      const l = region.u8(lengths);
      const out = region.u8(Math.ceil(B / 8));
      return { args: [c.ptr, l.ptr, out.ptr, codes.length], out };
    };
    return wasmVariant(host, { url: new URL('./wasm.wasm', import.meta.url), export: 'pack', layout }, input);
  },
});
