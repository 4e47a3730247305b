import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import type { QuantizeInput, QuantizeShape } from './index.ts';

/** The call that both WASM variants make: quantize(x, y, bytes of a share, shares, shares with one scale, thread, threads). */
function call({ R, C, per }: QuantizeShape, threads: number) {
  const groups = (R * C) / 32;
  // A tensor is cut into as many shares as there are threads, where its groups can be dealt out evenly.
  const parts = per === 'tensor' && groups % threads === 0 ? threads : 1;
  const count = per === 'tensor' ? parts : per === 'row' ? R : groups;
  return {
    url: new URL('./simd.wasm', import.meta.url),
    export: per === 'q8_0' ? 'quantizeQ8_0' : 'quantize',
    layout(region: Region, { x }: QuantizeInput) {
      const y = region.f32(R * C);
      return { args: [region.f32(x).ptr, y.ptr, (4 * R * C) / count, count, parts], out: y };
    },
  };
}

export const simd = defineVariant<QuantizeInput, QuantizeShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'magnitudes compared as integers, in which order a NaN is the largest; one instruction rounds four numbers, ties to even',
  prepare: (input, shape, host) => wasmVariant(host, call(shape, 1), input),
});

export const simdThreads = defineVariant<QuantizeInput, QuantizeShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'what shares a scale on one thread; of a whole tensor, each thread looks for the largest and rounds its part',
  prepare: (input, shape, host) => wasmThreadsVariant(host, call(shape, host.threads), input),
});
