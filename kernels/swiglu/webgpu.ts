import { defineVariant } from '../kernel.ts';
import { type ElementwiseShape, elementwiseGpu } from '../lib/elementwise.ts';
import type { Pair } from '../lib/pairs.ts';
import { ULP } from './constants.ts';

export const webgpu = defineVariant<Pair, ElementwiseShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'a vector of four elements a thread, the exponential of `simd`; an infinite or NaN factor by its bits',
  tolerance: {
    metric: 'scaled',
    bound: ULP + 4,
    why: "in ULP: the kernel's, and WGSL lets a division be wrong by 2.5 instead of 0.5, and a product and a sum not be fused",
  },
  prepare: ({ a, b }, _shape, host) => elementwiseGpu(host, new URL('./webgpu.wgsl', import.meta.url), a, b),
});
