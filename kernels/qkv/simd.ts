import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import type { QkvInput, QkvShape } from './index.ts';
import { stacked } from './stacked.ts';

/** Exports for one matrix each. */
const SPLIT = ['queries', 'keys', 'values'];

/** The call that all WASM variants make: …(x, wq, wk, wv, out, T, C, Q, G, thread, threads), the weights in one piece. */
function call({ T, C, Q, G }: QkvShape, names: string | readonly string[]) {
  return {
    url: new URL('./simd.wasm', import.meta.url),
    export: names,
    layout(region: Region, input: QkvInput) {
      const out = region.f32(T * (Q + 2 * G));
      const wq = region.f32(stacked(input)).ptr;
      const wk = wq + 4 * Q * C;
      return { args: [region.f32(input.x).ptr, wq, wk, wk + 4 * G * C, out.ptr, T, C, Q, G], out };
    },
  };
}

export const simdSplit = defineVariant<QkvInput, QkvShape>({
  name: 'simd-split',
  backend: 'wasm',
  idea: 'two tokens by four rows of weights in registers, three calls: one a matrix',
  prepare: (input, shape, host) => wasmVariant(host, call(shape, SPLIT), input),
});

export const simd = defineVariant<QkvInput, QkvShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'the tiles of `simd-split` in one call over the stacked weights',
  prepare: (input, shape, host) => wasmVariant(host, call(shape, 'fused'), input),
});

export const simdSplitThreads = defineVariant<QkvInput, QkvShape>({
  name: 'simd-split-threads',
  backend: 'wasm-threads',
  idea: 'the rows of each matrix shared among threads: woken and waited for three times, and few rows of keys to share',
  prepare: (input, shape, host) => wasmThreadsVariant(host, call(shape, SPLIT), input),
});

export const simdThreads = defineVariant<QkvInput, QkvShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the rows of the stacked weights shared among threads: woken once',
  prepare: (input, shape, host) => wasmThreadsVariant(host, call(shape, 'fused'), input),
});
