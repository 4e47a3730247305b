import { defineVariant } from '../kernel.ts';
import { gpuVariant } from '../lib/gpu.ts';
import type { DotInput, DotShape } from './index.ts';

export const webgpu = defineVariant<DotInput, DotShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'one workgroup of 256 threads with two sums each: a dot product is too small a dispatch for more',
  prepare: ({ a, b }, _shape, host) =>
    gpuVariant(host, {
      url: new URL('./webgpu.wgsl', import.meta.url),
      inputs: [a, b],
      outputLength: 1,
      constants: {},
      workgroups: [1],
    }),
});
