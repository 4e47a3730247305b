import { defineVariant } from '../kernel.ts';
import { rowsGpu } from '../lib/rows.ts';
import type { FakeQuantShape } from './index.ts';

export const webgpu = defineVariant<Float32Array, FakeQuantShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'a workgroup a row, its largest magnitude reduced in workgroup memory; NaN and infinite steps by their bits',
  prepare: (x, { R, C, B }, host) =>
    rowsGpu(host, new URL('./webgpu.wgsl', import.meta.url), { R, C }, [x], { MOST: 2 ** (B - 1) - 1 }),
});
