import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { counted } from '../lib/integers.ts';
import { wasmVariant } from '../lib/wasm.ts';
import { capacityOf } from './constants.ts';
import type { CoderInput, CoderShape } from './index.ts';

export const wasm = defineVariant<CoderInput, CoderShape>({
  name: 'wasm',
  backend: 'wasm',
  idea: '`runs` with 64-bit integers: products and quotients without float64, and bits held back by the four bytes',
  prepare: (input, { N, T }, host) => {
    const layout = (region: Region, { low, high }: CoderInput) => {
      const froms = region.i32(low);
      const tos = region.i32(high);
      const length = region.i32(1);
      const out = region.u8(capacityOf(N));
      const args = [froms.ptr, tos.ptr, length.ptr, out.ptr, N, T];
      return { args, out, read: () => counted(out.view(), length.view()[0]!) };
    };
    return wasmVariant(
      host,
      { url: new URL('./wasm.wasm', import.meta.url), export: 'encode', layout },
      input,
    );
  },
});
