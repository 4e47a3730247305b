import type { AttentionInput } from '../attention/index.ts';
import { workBytes } from '../attention/simd.ts';
import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { wasmVariant } from '../lib/wasm.ts';
import type { DecodeShape } from './index.ts';

export const prefill = defineVariant<AttentionInput, DecodeShape>({
  name: 'prefill',
  backend: 'wasm',
  idea: 'the kernel for prompts, called with one query: it first copies the whole cache into panels, and five of its six rows are empty',
  unsupported: ({ D }) =>
    D > 256 ? `a head of ${D} elements is longer than the 256 of that kernel` : undefined,
  prepare: (input, { S, H, G, D }, host) =>
    wasmVariant(
      host,
      {
        url: new URL('../attention/simd.wasm', import.meta.url),
        export: 'attention',
        layout(region: Region, { q, k, v }: AttentionInput) {
          const out = region.f32(H * D);
          const args = [region.f32(q).ptr, region.f32(k).ptr, region.f32(v).ptr, out.ptr, 1, S, H, G, D];
          return { args: [...args, region.u8(workBytes(S, D)).ptr], out };
        },
      },
      input,
    ),
});
