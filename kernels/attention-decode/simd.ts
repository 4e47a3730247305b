import type { AttentionInput } from '../attention/index.ts';
import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import type { DecodeShape } from './index.ts';

/** ROW of simd.as.ts. */
const ROW_BYTES = 2112;

/** Bytes of working space: HEADER and threadBytes(H, G, D) of simd.as.ts. */
export function workBytes({ H, G, D }: DecodeShape, threads: number): number {
  const head = 16 * Math.ceil(D / 4);
  return 64 + threads * (H * (3 * head + 32 + ROW_BYTES) + 16 * Math.ceil((G * D) / 4));
}

/** The call that both WASM variants make: attend(q, k, v, out, S, H, G, D, work, thread, threads). */
function call(shape: DecodeShape, threads: number) {
  return {
    url: new URL('./simd.wasm', import.meta.url),
    export: 'attend',
    layout(region: Region, { q, k, v }: AttentionInput) {
      const { S, H, G, D } = shape;
      const out = region.f32(H * D);
      const args = [region.f32(q).ptr, region.f32(k).ptr, region.f32(v).ptr, out.ptr, S, H, G, D];
      return { args: [...args, region.u8(workBytes(shape, threads)).ptr], out };
    },
  };
}

export const simd = defineVariant<AttentionInput, DecodeShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'four stretches of the cache read side by side, each in the order it lies in; four neighbouring keys at a time took twice as long from memory',
  prepare: (input, shape, host) => wasmVariant(host, call(shape, 1), input),
});

export const simdThreads = defineVariant<AttentionInput, DecodeShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the keys of `simd` cut up among threads, each with sums of its own; the last to finish merges them, and nobody waits',
  ledger: ['S2-18'],
  prepare: (input, shape, host) => wasmThreadsVariant(host, call(shape, host.threads), input),
});
