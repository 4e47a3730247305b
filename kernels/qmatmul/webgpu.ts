import { defineVariant } from '../kernel.ts';
import { gpuVariant } from '../lib/gpu.ts';
import { formatOf, PRODUCT_SHADERS, type ProductInput, type ProductShape } from '../lib/qproduct.ts';

export const webgpu = defineVariant<ProductInput, ProductShape>({
  name: 'webgpu',
  backend: 'webgpu',
  tolerance: {
    metric: 'scaled',
    bound: 4e-7,
    why: 'float32 sums of K products in one order, which for K of 2048 grow like a random walk; denormals may count as 0',
  },
  idea: 'tiles of 32 × 32: a block of 32 weight rows is dequantised into workgroup memory, 4 × 4 sums a thread',
  prepare: ({ x, blocks }, { M, N, K, quant }, host) =>
    gpuVariant(host, {
      url: new URL('./webgpu.wgsl', import.meta.url),
      joined: PRODUCT_SHADERS,
      inputs: [x, blocks, Uint32Array.of(M, N, K)],
      outputLength: M * N,
      constants: { FORMAT: formatOf(quant) },
      workgroups: [Math.ceil(N / 32), Math.ceil(M / 32)],
    }),
});
