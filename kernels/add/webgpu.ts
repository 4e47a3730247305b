import { defineVariant } from '../kernel.ts';
import { type ElementwiseShape, elementwiseGpu } from '../lib/elementwise.ts';
import type { Pair } from '../lib/pairs.ts';

export const webgpu = defineVariant<Pair, ElementwiseShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'a vector of four elements a thread',
  tolerance: {
    metric: 'scaled',
    bound: 1,
    why: 'relative to 2^-24 of the sum: rounded once; numbers below 2^-126 may be taken for 0',
  },
  prepare: ({ a, b }, _shape, host) => elementwiseGpu(host, new URL('./webgpu.wgsl', import.meta.url), a, b),
});
