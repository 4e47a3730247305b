import { defineVariant } from '../kernel.ts';
import { gpuVariant, spread } from '../lib/gpu.ts';
import { formatOf, PRODUCT_SHADERS } from '../lib/qproduct.ts';
import type { QmatvecInput, QmatvecShape } from './index.ts';

export const webgpu = defineVariant<QmatvecInput, QmatvecShape>({
  name: 'webgpu',
  backend: 'webgpu',
  tolerance: {
    metric: 'scaled',
    bound: 4e-7,
    why: 'float32 sums of K / 64 products in a thread, then of 64 threads by halves; denormals may count as 0',
  },
  idea: 'a workgroup of 64 threads a row: each dequantises four weights at a time on the way, the partial sums meet in workgroup memory',
  prepare: ({ x, blocks }, { N, K, quant }, host) =>
    gpuVariant(host, {
      url: new URL('./webgpu.wgsl', import.meta.url),
      joined: PRODUCT_SHADERS,
      inputs: [x, blocks],
      outputLength: N,
      constants: { N, K, FORMAT: formatOf(quant) },
      workgroups: spread(N),
    }),
});
