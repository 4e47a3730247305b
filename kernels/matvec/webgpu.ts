import { defineVariant } from '../kernel.ts';
import { gpuVariant, spread } from '../lib/gpu.ts';
import type { MatvecInput, MatvecShape } from './index.ts';

export const webgpu = defineVariant<MatvecInput, MatvecShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'a workgroup of 64 threads a row: neighbouring threads read neighbouring weights; one pipeline for all shapes',
  prepare: ({ w, x }, { R, C }, host) =>
    gpuVariant(host, {
      url: new URL('./webgpu.wgsl', import.meta.url),
      inputs: [Uint32Array.of(R, C), w, x],
      outputLength: R,
      constants: {},
      workgroups: spread(R),
    }),
});
