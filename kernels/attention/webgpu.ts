import { defineVariant } from '../kernel.ts';
import { gpuVariant } from '../lib/gpu.ts';
import type { AttentionInput, AttentionShape } from './index.ts';

/** Queries that a workgroup does. */
export const TILE = 32;
/** The longest head whose sums the registers of a thread hold: 64 floats. */
export const LONGEST = 128;

export const webgpu = defineVariant<AttentionInput, AttentionShape>({
  name: 'webgpu',
  backend: 'webgpu',
  idea: 'a workgroup for 32 queries of a head, tiles of 32 keys: scores 4 × 4 a thread, weights in workgroup memory',
  unsupported: ({ D }) =>
    D > LONGEST ? `a head of ${D} elements is longer than the ${LONGEST} of the shader` : undefined,
  prepare: ({ q, k, v }, { T, S, H, G, D }, host) =>
    gpuVariant(host, {
      url: new URL('./webgpu.wgsl', import.meta.url),
      inputs: [q, k, v, Uint32Array.of(T, S, H, G, D)],
      outputLength: T * H * D,
      constants: {},
      workgroups: [Math.ceil(T / TILE), H],
    }),
});
