import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { wasmVariant } from '../lib/wasm.ts';
import type { CdfSearchInput, CdfSearchShape } from './index.ts';

export const simd = defineVariant<CdfSearchInput, CdfSearchShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'masked halvings down to sixteen entries, which four comparisons at once then count',
  prepare: (input, { S, N }, host) => {
    const layout = (region: Region, { cdf, values }: CdfSearchInput) => {
      const table = region.i32(cdf);
      const counts = region.i32(values);
      const out = region.i32(N);
      return { args: [table.ptr, counts.ptr, out.ptr, S, N], out };
    };
    return wasmVariant(
      host,
      { url: new URL('./simd.wasm', import.meta.url), export: 'search', layout },
      input,
    );
  },
});
