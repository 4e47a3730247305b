import { defineVariant } from '../kernel.ts';
import { type ElementwiseShape, elementwiseGpu } from '../lib/elementwise.ts';

export const webgpu = defineVariant<Float32Array, ElementwiseShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'a vector of four elements a thread, compared by their bits: exact whatever the device makes of NaN and denormals',
  prepare: (x, _shape, host) => elementwiseGpu(host, new URL('./webgpu.wgsl', import.meta.url), x),
});
