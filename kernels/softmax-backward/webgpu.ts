import { defineVariant } from '../kernel.ts';
import { gpuVariant, spread } from '../lib/gpu.ts';
import type { SoftmaxBackwardInput, SoftmaxBackwardShape } from './index.ts';

export const webgpu = defineVariant<SoftmaxBackwardInput, SoftmaxBackwardShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'a workgroup a row, of 64 threads or for long rows 256; the sum reduced in workgroup memory',
  prepare: ({ y, g }, { R, C }, host) =>
    gpuVariant(host, {
      url: new URL('./webgpu.wgsl', import.meta.url),
      inputs: [y, g],
      outputLength: R * C,
      // Threads beyond the columns would only wait at barriers.
      constants: { R, C, THREADS: C < 1024 ? 64 : 256 },
      workgroups: spread(R),
    }),
});
