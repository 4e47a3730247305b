import { defineVariant } from '../kernel.ts';
import { gpuVariant, spread } from '../lib/gpu.ts';
import type { SoftmaxShape } from './index.ts';

export const webgpu = defineVariant<Float32Array, SoftmaxShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'a workgroup of 256 threads a row, maximum and sum reduced in workgroup memory',
  prepare: (x, { R, C }, host) =>
    gpuVariant(host, {
      url: new URL('./webgpu.wgsl', import.meta.url),
      inputs: [x],
      outputLength: R * C,
      constants: { R, C },
      workgroups: spread(R),
    }),
});
