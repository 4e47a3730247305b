import { defineVariant } from '../kernel.ts';
import { gpuVariant, spread } from '../lib/gpu.ts';
import { QUANTS, type Quant } from '../lib/quant.ts';
import type { DequantInput, DequantShape } from './index.ts';

/** Threads of a workgroup in webgpu.wgsl. */
const THREADS = 256;

/** What the shader calls each format, and the threads that it sets to a block (of `f16` and `bf16`: to two numbers, one). */
const FORMATS: Readonly<Record<Quant, { format: number; threads: number }>> = {
  q8_0: { format: 0, threads: 8 },
  q4_0: { format: 1, threads: 4 },
  q4_1: { format: 2, threads: 4 },
  q5_0: { format: 3, threads: 4 },
  q4_k: { format: 4, threads: 32 },
  q6_k: { format: 5, threads: 64 },
  f16: { format: 6, threads: 0.5 },
  bf16: { format: 7, threads: 0.5 },
};

export const webgpu = defineVariant<DequantInput, DequantShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'a thread for 4 bytes of quants, read as one word across the unaligned blocks, written as vec4',
  async prepare({ blocks }, { R, C, quant }, host) {
    const { format, threads } = FORMATS[quant];
    const count = Math.ceil(((R * C) / QUANTS[quant].block) * threads);
    // Whole vectors; an odd number of halves ends within one, and `read` cuts that off.
    const length = Math.ceil((R * C) / 4) * 4;
    const prepared = await gpuVariant(host, {
      url: new URL('./webgpu.wgsl', import.meta.url),
      joined: [new URL('../lib/blocks.wgsl', import.meta.url)],
      inputs: [blocks],
      outputLength: length,
      constants: { THREADS: count, FORMAT: format },
      workgroups: spread(Math.ceil(count / THREADS)),
    });
    return { ...prepared, read: async () => (await prepared.read()).slice(0, R * C) };
  },
});
