import { LOOPS } from '../dequant/loops.ts';
import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { QUANTS } from '../lib/quant.ts';
import { wasmVariant } from '../lib/wasm.ts';
import type { QmatvecInput, QmatvecShape } from './index.ts';

export const cachedSimd = defineVariant<QmatvecInput, QmatvecShape>({
  name: 'simd-cached',
  backend: 'wasm',
  ledger: ['S0-6'],
  idea: 'float32 weights, dequantised once in prepare: the memory bound of 4 bytes a weight, where `simd` reads one or a half',
  unsupported: ({ N, K }) => (N * K > 2 ** 26 ? 'more than 256 MB of float32 weights' : undefined),
  prepare: (input, { N, K, quant }, host) =>
    wasmVariant(
      host,
      {
        url: new URL('./float.wasm', import.meta.url),
        export: 'f32Weights',
        layout(region: Region, { x, blocks }: QmatvecInput) {
          const out = region.f32(N);
          const weights = new Float32Array(N * K);
          LOOPS[quant](blocks, weights, 0, weights.length / QUANTS[quant].block);
          return { args: [region.f32(weights).ptr, region.f32(x).ptr, out.ptr, N, K], out };
        },
      },
      input,
    ),
});
