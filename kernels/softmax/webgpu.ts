import { defineVariant } from '../kernel.ts';
import { gpuVariant, spread } from '../lib/gpu.ts';
import type { SoftmaxShape } from './index.ts';

export const webgpu = defineVariant<Float32Array, SoftmaxShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'a workgroup a row, of 64 threads or for long rows 256; maximum and sum reduced in workgroup memory',
  prepare: (x, { R, C }, host) =>
    gpuVariant(host, {
      url: new URL('./webgpu.wgsl', import.meta.url),
      inputs: [x],
      outputLength: R * C,
      // Threads beyond the columns would only wait at barriers.
      constants: { R, C, THREADS: C < 1024 ? 64 : 256 },
      workgroups: spread(R),
    }),
});
