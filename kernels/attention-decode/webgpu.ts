import type { AttentionInput } from '../attention/index.ts';
import { defineVariant } from '../kernel.ts';
import { gpuVariant } from '../lib/gpu.ts';
import type { DecodeShape } from './index.ts';

/** The longest head: a float of the query and one of the sums in workgroup memory for each element. */
const LONGEST = 256;

export const webgpu = defineVariant<AttentionInput, DecodeShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'a workgroup of 256 threads a head, a key a thread in tiles of 256; keys are not split, so few heads leave a large GPU idle',
  unsupported: ({ D }) =>
    D > LONGEST ? `a head of ${D} elements is longer than the ${LONGEST} of the shader` : undefined,
  prepare: ({ q, k, v }, { S, H, G, D }, host) =>
    gpuVariant(host, {
      url: new URL('./webgpu.wgsl', import.meta.url),
      inputs: [q, k, v, Uint32Array.of(S, H, G, D)],
      outputLength: H * D,
      constants: {},
      workgroups: [H],
    }),
});
