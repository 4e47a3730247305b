import { defineVariant } from '../kernel.ts';
import { type ElementwiseShape, elementwiseGpu } from '../lib/elementwise.ts';
import { ULP } from './constants.ts';

export const webgpu = defineVariant<Float32Array, ElementwiseShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'a vector of four elements a thread and the exponential of `simd`: that of WGSL may be wrong by 3 + 2|x| ULP',
  tolerance: {
    metric: 'scaled',
    bound: ULP + 4,
    why: "in ULP: the kernel's, and WGSL lets a division be wrong by 2.5 instead of 0.5, and a product and a sum not be fused",
  },
  prepare: (x, _shape, host) => elementwiseGpu(host, new URL('./webgpu.wgsl', import.meta.url), x),
});
