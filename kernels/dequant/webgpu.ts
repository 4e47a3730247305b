import { defineVariant } from '../kernel.ts';
import { gpuVariant, spread } from '../lib/gpu.ts';
import { BLOCK } from '../lib/quant.ts';
import type { DequantInput, DequantShape } from './index.ts';

/** Threads of a workgroup in webgpu.wgsl. */
const THREADS = 256;

export const webgpu = defineVariant<DequantInput, DequantShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'a thread for 4 bytes of quants, read as one word across the unaligned blocks, written as vec4',
  prepare({ blocks }, { R, C, quant }, host) {
    const count = (R * C) / BLOCK;
    const bits = quant === 'q8_0' ? 8 : 4;
    return gpuVariant(host, {
      url: new URL('./webgpu.wgsl', import.meta.url),
      inputs: [blocks],
      outputLength: R * C,
      constants: { BLOCKS: count, BITS: bits },
      workgroups: spread(Math.ceil((count * bits) / THREADS)),
    });
  },
});
