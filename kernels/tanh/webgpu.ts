import { defineVariant } from '../kernel.ts';
import { type ElementwiseShape, elementwiseGpu } from '../lib/elementwise.ts';

export const webgpu = defineVariant<Float32Array, ElementwiseShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'a vector of four elements a thread, the same rational function, special values by their bits',
  tolerance: {
    metric: 'ulp',
    bound: 6,
    why: "the kernel's 4, and WGSL lets a division be wrong by 2.5 ULP instead of 0.5",
  },
  prepare: (x, _shape, host) => elementwiseGpu(host, new URL('./webgpu.wgsl', import.meta.url), x),
});
