import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { QUANTS, type Quant } from '../lib/quant.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import type { DequantInput, DequantShape } from './index.ts';

const EXPORTS: Readonly<Record<Quant, string>> = {
  q8_0: 'dequantQ8_0',
  q4_0: 'dequantQ4_0',
  q4_1: 'dequantQ4_1',
  q5_0: 'dequantQ5_0',
  q4_k: 'dequantQ4_K',
  q6_k: 'dequantQ6_K',
  f16: 'dequantF16',
  bf16: 'dequantBF16',
};

/** The call that both WASM variants make: dequant…(blocks, out, count of blocks, thread, threads). */
function call({ R, C, quant }: DequantShape) {
  return {
    url: new URL('./simd.wasm', import.meta.url),
    export: EXPORTS[quant],
    layout(region: Region, input: DequantInput) {
      const blocks = region.u8(input.blocks);
      const out = region.f32(R * C);
      return { args: [blocks.ptr, out.ptr, (R * C) / QUANTS[quant].block], out };
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
