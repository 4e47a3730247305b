import { defineVariant } from '../kernel.ts';
import { gpuVariant } from '../lib/gpu.ts';
import type { BatchedInput, BatchedShape } from './index.ts';

/** Rows and columns of c that a workgroup of matmul's shader computes. */
const TILE = 64;

export const webgpu = defineVariant<BatchedInput, BatchedShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'the shader of matmul: its third dimension of workgroups counts the products',
  prepare: ({ a, b }, { B, M, N, K }, host) =>
    gpuVariant(host, {
      url: new URL('../matmul/webgpu.wgsl', import.meta.url),
      inputs: [Uint32Array.of(M, N, K), a, b],
      outputLength: B * M * N,
      constants: {},
      workgroups: [Math.ceil(N / TILE), Math.ceil(M / TILE), B],
    }),
});
