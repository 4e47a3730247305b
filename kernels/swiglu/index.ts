import { defineKernel } from '../kernel.ts';
import {
  activations,
  ELEMENTWISE_CASES,
  type ElementwiseShape,
  HOSTILE_ACTIVATIONS,
} from '../lib/elementwise.ts';
import { atPair, type Pair, pairOfActivations } from '../lib/pairs.ts';
import { normals } from '../lib/rng.ts';
import { blocked } from './blocked.ts';
import { ULP } from './constants.ts';
import { naive } from './naive.ts';
import { parallel } from './parallel.ts';
import { swigluReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { simdTwoPass } from './simd-two-pass.ts';
import { webgpu } from './webgpu.ts';

const special = HOSTILE_ACTIVATIONS['zeros, infinities, NaN, huge numbers'];

/**
 * The middle of a Llama feed-forward layer: `a` is the gate projection, `b` the up projection (Shazeer, "GLU Variants Improve
 * Transformer", 2020). silu(−∞) is its limit 0; beside it, and where silu may be flushed to 0 (a < −87), an infinite `b` gives NaN.
 */
export const swiglu = defineKernel<Pair, ElementwiseShape>({
  name: 'swiglu',
  formula: 'out[N] = a[N] / (1 + exp(−a[N])) · b[N]',
  ledger: ['S4-26'],
  learned: [
    'Fusing silu with the product saves 5 % while everything is in cache: the exponential is the limit there, not memory.',
  ],
  cases: [
    ...ELEMENTWISE_CASES.slice(0, 6),
    { shape: { N: 1536 }, from: 'SmolLM2-135M: FFN hidden layer, one token' },
    { shape: { N: 98304 }, from: 'SmolLM2-135M: FFN hidden layer (1536), 64 tokens' },
    { shape: { N: 360448 }, from: 'TinyLlama 1.1B: FFN hidden layer (5632), 64 tokens' },
    { shape: { N: 5767168 }, from: 'TinyLlama 1.1B: 1024 tokens, beyond the caches', slow: true },
  ],
  inputs: pairOfActivations,
  hostile: {
    'gates 0, infinite, NaN, huge': (shape, rng) => ({ a: special(shape, rng), b: normals(rng, shape.N) }),
    'factors 0, infinite, NaN, huge': (shape, rng) => ({
      a: activations(shape, rng),
      b: special(shape, rng),
    }),
    'denormals and tiny numbers': (shape, rng) => {
      const tiny = HOSTILE_ACTIVATIONS['denormals and tiny numbers'];
      return { a: tiny(shape, rng), b: tiny(shape, rng) };
    },
    'gates where silu becomes denormal': ({ N }, rng) => ({
      a: Float32Array.from({ length: N }, () => -(80 + 30 * rng.uniform())),
      b: normals(rng, N),
    }),
  },
  reference: swigluReference,
  tolerance: {
    metric: 'scaled',
    bound: ULP,
    why: 'in ULP: 2.1 of silu in float32, whose relative size is up to twice as many where the product lies just above a power of two, and half a one for the product; where |silu| is below 2^-118 it may be 0',
  },
  // Exponential (counted as one), sum, division and product.
  work: ({ N }) => ({ flops: 4 * N, bytes: 12 * N }),
  where: atPair,
  variants: [naive, blocked, parallel, simdTwoPass, simd, simdThreads, webgpu],
});
