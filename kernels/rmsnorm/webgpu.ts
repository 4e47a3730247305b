import { defineVariant } from '../kernel.ts';
import { gpuVariant, spread } from '../lib/gpu.ts';
import { EPSILON, GPU_BOUND } from './constants.ts';
import type { RmsnormInput, RmsnormShape } from './index.ts';

export const webgpu = defineVariant<RmsnormInput, RmsnormShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'a workgroup of 256 threads a row, the squares reduced in workgroup memory; |x| below 7.9e28 / √C',
  tolerance: {
    metric: 'scaled',
    bound: GPU_BOUND,
    why: 'relative to the result, at 2048 columns: roundings of the sum, halved by the root, and the accuracy that WGSL promises for inverseSqrt and division (see GPU_BOUND); numbers below 2^-126 may be taken for 0',
  },
  prepare: ({ x, w }, { R, C }, host) =>
    gpuVariant(host, {
      url: new URL('./webgpu.wgsl', import.meta.url),
      inputs: [x, w],
      outputLength: R * C,
      constants: { R, C, EPSILON },
      workgroups: spread(R),
    }),
});
