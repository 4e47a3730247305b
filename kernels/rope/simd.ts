import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import type { RopeInput, RopeShape } from './index.ts';
import { ropeTable } from './tables.ts';

/** The table of {@link ropeTable} as `ropeHalf` reads it: for each token D/2 cosines, then D/2 sines. */
export function halfTable(table: Float64Array, T: number, D: number): Float32Array {
  const half = D / 2;
  const out = new Float32Array(T * D);
  for (let t = 0; t < T; t++) {
    for (let i = 0; i < half; i++) {
      out[t * D + i] = table[t * D + 2 * i]!;
      out[t * D + half + i] = table[t * D + 2 * i + 1]!;
    }
  }
  return out;
}

/** As `ropeInterleaved` reads it: for each token (cos, cos) of every pair, then (−sin, sin) of every pair. */
export function interleavedTable(table: Float64Array, T: number, D: number): Float32Array {
  const out = new Float32Array(2 * T * D);
  for (let t = 0; t < T; t++) {
    const cosines = 2 * t * D;
    const sines = cosines + D;
    for (let k = 0; k < D; k += 2) {
      const cos = table[t * D + k]!;
      const sin = table[t * D + k + 1]!;
      out[cosines + k] = cos;
      out[cosines + k + 1] = cos;
      out[sines + k] = -sin;
      out[sines + k + 1] = sin;
    }
  }
  return out;
}

/** The call that both WASM variants make: rope…(x, table, out, T, H, D, thread, threads). */
function call({ T, H, D, layout }: RopeShape) {
  return {
    url: new URL('./simd.wasm', import.meta.url),
    export: layout === 'half' ? 'ropeHalf' : 'ropeInterleaved',
    layout(region: Region, input: RopeInput) {
      const exact = ropeTable(T, D, input.offset, input.inverse);
      const x = region.f32(input.x);
      const table = region.f32(layout === 'half' ? halfTable(exact, T, D) : interleavedTable(exact, T, D));
      const out = region.f32(T * H * D);
      return { args: [x.ptr, table.ptr, out.ptr, T, H, D], out };
    },
  };
}

export const simd = defineVariant<RopeInput, RopeShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'vectors of pairs, their cosines and sines in registers for all heads; a float32 table, made outside `run`',
  prepare: (input, shape, host) => wasmVariant(host, call(shape), input),
});

export const simdThreads = defineVariant<RopeInput, RopeShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the heads of all tokens of `simd` shared among threads; the float32 table is made outside `run`',
  prepare: (input, shape, host) => wasmThreadsVariant(host, call(shape), input),
});
