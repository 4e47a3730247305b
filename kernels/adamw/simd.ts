import { defineVariant } from '../kernel.ts';
import { arraysCall } from '../lib/arrays.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import { BETA1, BETA2 } from './constants.ts';
import { adamwRates } from './folded.ts';
import type { AdamwInput, AdamwShape } from './index.ts';

/** The call that both WASM variants make: adamw(θ, g, m, v, out, N, keep, rate, epsilon, 1 − β1, 1 − β2, thread, threads). */
const call = ({ N, step }: AdamwShape) =>
  arraysCall<AdamwInput>({
    url: new URL('./simd.wasm', import.meta.url),
    export: 'adamw',
    arrays: ({ theta, g, m, v }) => [theta, g, m, v],
    length: 3 * N,
    numbers() {
      const { keep, rate, epsilon } = adamwRates(step);
      return [N, keep, rate, epsilon, 1 - BETA1, 1 - BETA2];
    },
  });

export const simd = defineVariant<AdamwInput, AdamwShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'the sums of `folded` on four elements an instruction, in float32; four streams in, three out',
  prepare: (input, shape, host) => wasmVariant(host, call(shape), input),
});

export const simdThreads = defineVariant<AdamwInput, AdamwShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the parameters of `simd` shared among threads over one shared memory',
  prepare: (input, shape, host) => wasmThreadsVariant(host, call(shape), input),
});
