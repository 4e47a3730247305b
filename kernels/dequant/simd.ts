import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { BLOCK } from '../lib/quant.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import type { DequantInput, DequantShape } from './index.ts';

/** The call that both WASM variants make: dequantQ…(blocks, out, count, thread, threads). */
function call({ R, C, quant }: DequantShape) {
  return {
    url: new URL('./simd.wasm', import.meta.url),
    export: quant === 'q8_0' ? 'dequantQ8_0' : 'dequantQ4_0',
    layout(region: Region, input: DequantInput) {
      const blocks = region.u8(input.blocks);
      const out = region.f32(R * C);
      return { args: [blocks.ptr, out.ptr, (R * C) / BLOCK], out };
    },
  };
}

export const simd = defineVariant<DequantInput, DequantShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'quants widened 8 → 16 → 32 bits and converted in vectors, the half scale decoded with integer arithmetic',
  prepare: (input, shape, host) => wasmVariant(host, call(shape), input),
});

export const simdThreads = defineVariant<DequantInput, DequantShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the blocks of `simd` shared among threads over one shared memory',
  prepare: (input, shape, host) => wasmThreadsVariant(host, call(shape), input),
});
