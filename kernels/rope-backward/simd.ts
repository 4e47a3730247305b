import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import type { RopeShape } from '../rope/index.ts';
import { halfTable, interleavedTable } from '../rope/simd.ts';
import type { RopeBackwardInput } from './index.ts';
import { ropeBackwardTable } from './tables.ts';

/** The forward module of `rope`, called with a table that turns back. */
function call({ T, H, D, layout }: RopeShape) {
  return {
    url: new URL('../rope/simd.wasm', import.meta.url),
    export: layout === 'half' ? 'ropeHalf' : 'ropeInterleaved',
    layout(region: Region, { g, offset }: RopeBackwardInput) {
      const exact = ropeBackwardTable(T, D, offset);
      const gradient = region.f32(g);
      const table = region.f32(layout === 'half' ? halfTable(exact, T, D) : interleavedTable(exact, T, D));
      const out = region.f32(T * H * D);
      return { args: [gradient.ptr, table.ptr, out.ptr, T, H, D], out };
    },
  };
}

export const simd = defineVariant<RopeBackwardInput, RopeShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'the forward module of `rope` with the sines of its table negated',
  prepare: (input, shape, host) => wasmVariant(host, call(shape), input),
});

export const simdThreads = defineVariant<RopeBackwardInput, RopeShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the heads of all tokens of `simd` shared among threads',
  prepare: (input, shape, host) => wasmThreadsVariant(host, call(shape), input),
});
