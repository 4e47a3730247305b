import { defineVariant } from '../kernel.ts';
import { gpuVariant, spread } from '../lib/gpu.ts';
import type { RopeInput, RopeShape } from './index.ts';
import { ropeTable } from './tables.ts';

/** Threads of a workgroup in webgpu.wgsl. */
const THREADS = 256;

export const webgpu = defineVariant<RopeInput, RopeShape>({
  name: 'webgpu',
  backend: 'webgpu',
  // WGSL promises of sin and cos an absolute error of 2^-11, on ±π only, and its angles would be float32.
  idea: 'a thread a pair; cosines and sines from a table made in float64 outside `run`: WGSL has no such accuracy',
  prepare: ({ x, offset, inverse }, { T, H, D, layout }, host) =>
    gpuVariant(host, {
      url: new URL('./webgpu.wgsl', import.meta.url),
      inputs: [x, Float32Array.from(ropeTable(T, D, offset, inverse))],
      outputLength: T * H * D,
      constants: { H, D, PAIRS: (T * H * D) / 2, INTERLEAVED: layout === 'interleaved' ? 1 : 0 },
      workgroups: spread(Math.ceil((T * H * D) / 2 / THREADS)),
    }),
});
