import { defineVariant } from '../kernel.ts';
import { type RowsShape, rowsGpu } from '../lib/rows.ts';
import { EPSILON } from './constants.ts';
import type { LayernormInput } from './index.ts';

export const webgpu = defineVariant<LayernormInput, RowsShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'a workgroup a row, the corrected two-pass sums of `simd-two-pass` reduced in workgroup memory; |x| below 7.9e28 / √C',
  prepare: ({ x, w, b }, shape, host) =>
    rowsGpu(host, new URL('./webgpu.wgsl', import.meta.url), shape, [x, w, b], { EPSILON }),
});
