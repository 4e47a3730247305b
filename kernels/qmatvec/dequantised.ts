import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { wasmVariant } from '../lib/wasm.ts';
import type { QmatvecInput, QmatvecShape } from './index.ts';

export const dequantised = defineVariant<QmatvecInput, QmatvecShape>({
  name: 'simd-f32',
  backend: 'wasm',
  idea: 'a row of blocks is dequantised into cache at every use and multiplied as float32: as exact as the weights, and bound by instructions, not by memory',
  prepare: (input, { N, K, quant }, host) =>
    wasmVariant(
      host,
      {
        url: new URL('./float.wasm', import.meta.url),
        export: quant,
        layout(region: Region, { x, blocks }: QmatvecInput) {
          const out = region.f32(N);
          const args = [region.u8(blocks).ptr, region.f32(x).ptr, region.f32(K).ptr, out.ptr, N, K];
          return { args, out };
        },
      },
      input,
    ),
});
