import { defineVariant } from '../kernel.ts';
import { type RowsShape, rowsGpu } from '../lib/rows.ts';
import { EPSILON } from '../rmsnorm/constants.ts';
import type { ResidualRmsnormInput } from './index.ts';

export const webgpu = defineVariant<ResidualRmsnormInput, RowsShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'a workgroup a row: each thread adds its columns and sums their squares; |x + residual| below 7.9e28 / √C',
  tolerance: {
    metric: 'scaled',
    bound: 1.2e-6,
    why: "the kernel's, and WGSL promises 2 ULP for inverseSqrt and 2.5 for the division, which the root halves",
  },
  prepare: ({ x, residual, w }, shape, host) =>
    rowsGpu(
      host,
      new URL('./webgpu.wgsl', import.meta.url),
      shape,
      [x, residual, w],
      { EPSILON },
      2 * shape.R * shape.C,
    ),
});
