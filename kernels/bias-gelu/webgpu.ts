import { defineVariant } from '../kernel.ts';
import { gpuVariant, spread } from '../lib/gpu.ts';
import type { RowsShape } from '../lib/rows.ts';
import type { BiasGeluInput } from './index.ts';

export const webgpu = defineVariant<BiasGeluInput, RowsShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'an element a thread, so that a row may have any length; the rational function of `gelu`',
  tolerance: {
    metric: 'scaled',
    bound: 10 * 2 ** -24,
    why: "the kernel's 6 · 2^-24 of |v|, and WGSL lets a division be wrong by 2.5 ULP instead of 0.5: at most 4 more",
  },
  prepare: ({ x, bias }, { R, C }, host) =>
    gpuVariant(host, {
      url: new URL('./webgpu.wgsl', import.meta.url),
      inputs: [x, bias],
      outputLength: R * C,
      constants: { C },
      workgroups: spread(Math.ceil((R * C) / 256)),
    }),
});
