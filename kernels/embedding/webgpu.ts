import { defineVariant } from '../kernel.ts';
import { gpuVariant, spread } from '../lib/gpu.ts';
import type { EmbeddingInput, EmbeddingShape } from './index.ts';

/** Threads of a workgroup in webgpu.wgsl. */
const THREADS = 256;

export const webgpu = defineVariant<EmbeddingInput, EmbeddingShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'a thread an element, moved as an integer: a float may lose a NaN or a denormal on its way',
  prepare: ({ table, ids }, { T, D }, host) =>
    gpuVariant(host, {
      url: new URL('./webgpu.wgsl', import.meta.url),
      inputs: [table, ids],
      outputLength: T * D,
      constants: { T, D },
      workgroups: spread(Math.ceil((T * D) / THREADS)),
    }),
});
