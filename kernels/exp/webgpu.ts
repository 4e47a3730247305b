import { defineVariant } from '../kernel.ts';
import { type ElementwiseShape, elementwiseGpu } from '../lib/elementwise.ts';
import { GPU_ULP } from './constants.ts';

export const webgpu = defineVariant<Float32Array, ElementwiseShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'a vector of four elements a thread, the polynomial of `simd`: the exp of WGSL may be wrong by 3 + 2|x| ULP',
  tolerance: {
    metric: 'scaled',
    bound: GPU_ULP,
    why: 'in ULP: the polynomial in float32, whose products and sums need not be fused; results below 2^-125 may be 0',
  },
  prepare: (x, _shape, host) => elementwiseGpu(host, new URL('./webgpu.wgsl', import.meta.url), x),
});
