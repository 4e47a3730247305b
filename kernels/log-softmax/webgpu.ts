import { defineVariant } from '../kernel.ts';
import { type RowsShape, rowsGpu } from '../lib/rows.ts';

export const webgpu = defineVariant<Float32Array, RowsShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'a workgroup a row; maximum and sum reduced in workgroup memory, one logarithm a thread',
  tolerance: {
    metric: 'scaled',
    bound: 1e-6,
    why: 'relative to |x − max| + ln Σ + 1: WGSL lets the exponential be wrong by 3 + 2|x − max| ULP, which weigh little where e^(x − max) is small, and a logarithm by 3 ULP; a thread sums up to 197 exponentials in float32',
  },
  prepare: (x, shape, host) => rowsGpu(host, new URL('./webgpu.wgsl', import.meta.url), shape, [x]),
});
