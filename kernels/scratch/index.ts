import { defineKernel } from '../kernel.ts';
import { normals } from '../lib/rng.ts';
import { arena } from './arena.ts';
import { buckets } from './buckets.ts';
import { fused } from './fused.ts';
import { inPlace } from './in-place.ts';
import { leak } from './leak.ts';
import { naive } from './naive.ts';
import { pool } from './pool.ts';
import { LAYERS, scratchReference } from './reference.ts';

/** Elements of the activations: tokens times features. */
export type ScratchShape = { readonly N: number };

/** The activations, and the gain and bias of each element: all `[N]`. */
export interface ScratchInput {
  readonly x: Float32Array;
  readonly w: Float32Array;
  readonly b: Float32Array;
}

/**
 * Where intermediate results live. Four layers, each of four operations in arrays of their own; all variants do the same arithmetic and
 * differ in where the arrays come from. What to compare is bytes a call, beside time. No WASM: its tensors stand in one memory at
 * addresses fixed beforehand, so that no call allocates. No workers and no WebGPU: buffers there are made once as well.
 */
export const scratch = defineKernel<ScratchInput, ScratchShape>({
  name: 'scratch',
  formula: 'out[N] = x[N] after 4 times x ← x + max(0, x · w[N] + b[N])',
  ledger: ['S4-13'],
  learned: [
    'Fresh arrays allocate 64 · N bytes a call, and a pool to which nothing comes back up to twice that, since it rounds up; pool, arena and in place allocate nothing, and are as fast as each other: two to three times as fast as fresh arrays in a process of their own. Fusing, which leaves no array to save, gains as much again.',
  ],
  cases: [
    { shape: { N: 1 }, from: 'one element' },
    { shape: { N: 17 }, from: 'odd' },
    { shape: { N: 4096 }, from: 'the largest bucket of `buckets`: 32 tokens, 128 features' },
    {
      shape: { N: 4416 },
      from: 'W-SM-STD at its mean length, 34.5 tokens of 128 features: beyond that bucket',
    },
    { shape: { N: 73728 }, from: 'SmolLM2-135M: 128 tokens of 576 features' },
  ],
  inputs: ({ N }, rng) => ({ x: normals(rng, N), w: normals(rng, N, 0.5), b: normals(rng, N, 0.1) }),
  hostile: {
    'all 0': ({ N }) => ({ x: new Float32Array(N), w: new Float32Array(N), b: new Float32Array(N) }),
    'a NaN': ({ N }, rng) => ({
      x: normals(rng, N).map((v, i) => (i === 0 ? Number.NaN : v)),
      w: normals(rng, N, 0.5),
      b: normals(rng, N, 0.1),
    }),
  },
  reference: scratchReference,
  tolerance: {
    metric: 'scaled',
    bound: 3 * LAYERS * 2 ** -24,
    why: 'relative to the largest magnitude that passes through an element: product, bias and sum round by 2^-24 of it in each layer',
  },
  work: ({ N }) => ({ flops: 4 * LAYERS * N, bytes: 16 * N }),
  where: ({ x }, _, i) => `x = ${x[i]}`,
  variants: [naive, leak, buckets, pool, arena, inPlace, fused],
});
