/**
 * The scalar product of two vectors: 0.25 operations for each byte read, so that beyond the caches bandwidth is the limit and
 * lanes are not. Within them it is the latency of an addition, until enough sums run side by side.
 *
 * Its GPU variant is one workgroup: floats cannot be added atomically in WGSL, and a second dispatch costs more than what a
 * model ever sums this way.
 */
import { defineKernel } from '../kernel.ts';
import { type Rng, uniforms } from '../lib/rng.ts';
import { naive } from './naive.ts';
import { parallel } from './parallel.ts';
import { dotReference } from './reference.ts';
import { serialSimd, simd, simd4, simdThreads } from './simd.ts';
import { serial, unrolled4, unrolled8 } from './unrolled.ts';
import { webgpu } from './webgpu.ts';

/** Elements of each vector. */
export type DotShape = { readonly N: number };

export interface DotInput {
  readonly a: Float32Array;
  readonly b: Float32Array;
}

function plain({ N }: DotShape, rng: Rng): DotInput {
  return { a: uniforms(rng, N, -1, 1), b: uniforms(rng, N, -1, 1) };
}

const BOUND = 1.2e-7;

export const dot = defineKernel<DotInput, DotShape>({
  name: 'dot',
  formula: 'out = Σ_N a[N] · b[N]',
  ledger: ['S3-36', 'S3-37', 'S4-35'],
  learned: [
    'Sums side by side gain nothing in JavaScript (four and eight take 1.1 times as long as four elements a step into one), and 3.8 in SIMD, where one vector of sums waits for itself.',
  ],
  cases: [
    { shape: { N: 1 }, from: 'one element' },
    { shape: { N: 2 }, from: 'fewer elements than threads' },
    { shape: { N: 15 }, from: 'tile − 1' },
    { shape: { N: 16 }, from: 'one tile of 4 sums of 4' },
    { shape: { N: 33 }, from: 'tile of 8 sums of 4, + 1' },
    { shape: { N: 64 }, from: 'all models: a query and a key of one head' },
    { shape: { N: 257 }, from: 'odd' },
    { shape: { N: 768 }, from: 'GPT-2 124M: two hidden states, 6 KB' },
    { shape: { N: 49152 }, from: 'SmolLM2-135M: two rows of logits, 0.4 MB' },
    { shape: { N: 10_000_000 }, from: 'a benchmark of its own, 80 MB', slow: true },
  ],
  inputs: plain,
  hostile: {
    'cancellation of large sums': (shape, rng) => {
      const { a, b } = plain(shape, rng);
      const half = shape.N >> 1;
      for (let i = 0; i < half; i++) {
        a[i + half] = -a[i]!;
        b[i + half] = b[i]! * (1 + 1e-4 * rng.uniform());
      }
      return { a, b };
    },
    'magnitudes from 1e-12 to 1e12': (shape, rng) => {
      const { a, b } = plain(shape, rng);
      return { a: a.map((v) => v * 10 ** (24 * rng.uniform() - 12)), b };
    },
    'a NaN at the end': (shape, rng) => {
      const { a, b } = plain(shape, rng);
      a[shape.N - 1] = Number.NaN;
      return { a, b };
    },
    'a zero against an Infinity at the end': (shape, rng) => {
      const { a, b } = plain(shape, rng);
      a[shape.N - 1] = 0;
      b[shape.N - 1] = Number.POSITIVE_INFINITY;
      return { a, b };
    },
    denormals: (shape, rng) => {
      const { a, b } = plain(shape, rng);
      return { a: a.map((v) => v * 1e-40), b };
    },
  },
  reference: (input) => dotReference(input, BOUND),
  tolerance: {
    metric: 'scaled',
    bound: BOUND,
    why: 'two roundings (2 · 2^-24) relative to √N · Σ|a · b|: rounding errors of a sum in any order grow like a random walk (Higham & Mary 2019); denormals may count as 0',
  },
  work: ({ N }) => ({ flops: 2 * N, bytes: 8 * N + 4 }),
  variants: [naive, serial, unrolled4, unrolled8, parallel, serialSimd, simd4, simd, simdThreads, webgpu],
});
