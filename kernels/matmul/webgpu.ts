import { defineVariant } from '../kernel.ts';
import { gpuVariant } from '../lib/gpu.ts';
import type { MatmulInput, MatmulShape } from './index.ts';

/** Rows and columns of c that a workgroup of 16 × 16 threads computes, 4 × 4 a thread. */
const TILE = 64;

export const webgpu = defineVariant<MatmulInput, MatmulShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'tiles of 64 × 64 in workgroup memory, 4 × 4 sums a thread in four vectors',
  prepare: ({ a, b }, { M, N, K }, host) =>
    gpuVariant(host, {
      url: new URL('./webgpu.wgsl', import.meta.url),
      inputs: [Uint32Array.of(M, N, K), a, b],
      outputLength: M * N,
      constants: {},
      workgroups: [Math.ceil(N / TILE), Math.ceil(M / TILE)],
    }),
});
