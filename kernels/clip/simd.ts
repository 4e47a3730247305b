import { defineVariant } from '../kernel.ts';
import { arraysCall } from '../lib/arrays.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';

/** The calls that both WASM variants make: squares, then scale, (g, out, partial, N, thread, threads). */
const call = ({ N }: ElementwiseShape, threads: number) =>
  arraysCall<Float32Array>({
    url: new URL('./simd.wasm', import.meta.url),
    export: ['squares', 'scale'],
    arrays: (g) => [g],
    length: N,
    // A float64 each.
    scratch: 2 * threads,
    numbers: () => [N],
  });

export const simd = defineVariant<Float32Array, ElementwiseShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'squares summed two at a time in float64, which no float32 overflows, then four products an instruction',
  prepare: (g, shape, host) => wasmVariant(host, call(shape, 1), g),
});

export const simdThreads = defineVariant<Float32Array, ElementwiseShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'each thread sums its share; when all are done each adds all sums, and scales its share',
  prepare: (g, shape, host) => wasmThreadsVariant(host, call(shape, host.threads), g),
});
