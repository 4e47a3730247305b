import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import type { AttentionInput, AttentionShape } from './index.ts';

/** Bytes of working space that each thread needs: the module's export `workBytes`, known before it is compiled. */
export function workBytes(S: number, D: number): number {
  const panels = Math.ceil(D / 8);
  return Math.ceil(S / 8) * 32 * D + panels * 32 * S + 2 * 6144 + panels * 192 + 6 * 32;
}

/** The call that both WASM variants make: attention(q, k, v, out, T, S, H, G, D, work, thread, threads). */
function call({ T, S, H, G, D }: AttentionShape, threads: number) {
  return {
    url: new URL('./simd.wasm', import.meta.url),
    export: 'attention',
    layout(region: Region, { q, k, v }: AttentionInput) {
      const out = region.f32(T * H * D);
      const args = [region.f32(q).ptr, region.f32(k).ptr, region.f32(v).ptr, out.ptr, T, S, H, G, D];
      return { args: [...args, region.u8(threads * workBytes(S, D)).ptr], out };
    },
  };
}

const unsupported = ({ D }: AttentionShape) =>
  D > 256 ? `a head of ${D} elements is longer than the 256 that a row of its tile has room for` : undefined;

export const simd = defineVariant<AttentionInput, AttentionShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'tiles of 6 queries over blocks of 256 keys: both products as 6 × 8 sums in registers, 2^x for the weights',
  unsupported,
  prepare: (input, shape, host) => wasmVariant(host, call(shape, 1), input),
});

export const simdThreads = defineVariant<AttentionInput, AttentionShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the tiles of `simd`, of all heads in order, cut into parts of equal cost: later tiles of a head see more keys',
  unsupported,
  prepare: (input, shape, host) => wasmThreadsVariant(host, call(shape, host.threads), input),
});
