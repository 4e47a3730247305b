import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { type GradientInput, gradientCall } from '../lib/gradients.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';

const MODULE = new URL('./simd.wasm', import.meta.url);

export const simd = defineVariant<GradientInput, ElementwiseShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'the rational function of `gelu` for Φ and the exponential for φ, four elements an instruction',
  prepare: (input, shape, host) => wasmVariant(host, gradientCall(MODULE, 'geluBackward', shape), input),
});

export const simdThreads = defineVariant<GradientInput, ElementwiseShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the elements of `simd` shared among threads over one shared memory',
  prepare: (input, shape, host) =>
    wasmThreadsVariant(host, gradientCall(MODULE, 'geluBackward', shape), input),
});
