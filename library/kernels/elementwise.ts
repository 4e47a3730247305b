/** Functions of each element by itself: activations, sums, their gradients; and clipping, which has their shape. */

import { naive as addJs } from '../../kernels/add/naive.ts';
import { simd as addSimd, simdThreads as addThreads } from '../../kernels/add/simd.ts';
import { blocked as clipJs } from '../../kernels/clip/blocked.ts';
import { simd as clipSimd, simdThreads as clipThreads } from '../../kernels/clip/simd.ts';
import { simd as expSimd, simdThreads as expThreads } from '../../kernels/exp/simd.ts';
import { table as expJs } from '../../kernels/exp/table.ts';
import { blocked as geluJs } from '../../kernels/gelu/blocked.ts';
import { simd as geluSimd, simdThreads as geluThreads } from '../../kernels/gelu/simd.ts';
import { naive as geluBackwardJs } from '../../kernels/gelu-backward/naive.ts';
import {
  simd as geluBackwardSimd,
  simdThreads as geluBackwardThreads,
} from '../../kernels/gelu-backward/simd.ts';
import type { Variant } from '../../kernels/kernel.ts';
import type { ElementwiseShape } from '../../kernels/lib/elementwise.ts';
import type { GradientInput } from '../../kernels/lib/gradients.ts';
import type { Pair } from '../../kernels/lib/pairs.ts';
import { bits as reluJs } from '../../kernels/relu/bits.ts';
import { simd as reluSimd, simdThreads as reluThreads } from '../../kernels/relu/simd.ts';
import { blocked as sigmoidJs } from '../../kernels/sigmoid/blocked.ts';
import { simd as sigmoidSimd, simdThreads as sigmoidThreads } from '../../kernels/sigmoid/simd.ts';
import { blocked as siluJs } from '../../kernels/silu/blocked.ts';
import { simd as siluSimd, simdThreads as siluThreads } from '../../kernels/silu/simd.ts';
import { naive as siluBackwardJs } from '../../kernels/silu-backward/naive.ts';
import {
  simd as siluBackwardSimd,
  simdThreads as siluBackwardThreads,
} from '../../kernels/silu-backward/simd.ts';
import { blocked as swigluJs } from '../../kernels/swiglu/blocked.ts';
import { simd as swigluSimd, simdThreads as swigluThreads } from '../../kernels/swiglu/simd.ts';
import { blocked as tanhJs } from '../../kernels/tanh/blocked.ts';
import { simd as tanhSimd, simdThreads as tanhThreads } from '../../kernels/tanh/simd.ts';
import { naive as tanhBackwardJs } from '../../kernels/tanh-backward/naive.ts';
import {
  simd as tanhBackwardSimd,
  simdThreads as tanhBackwardThreads,
} from '../../kernels/tanh-backward/simd.ts';
import { kernelFunction } from '../kernel-function.ts';

export type { ElementwiseShape } from '../../kernels/lib/elementwise.ts';
export type { GradientInput } from '../../kernels/lib/gradients.ts';
export type { Pair } from '../../kernels/lib/pairs.ts';

/** @param ns what an element takes one thread */
const ofOne = (name: string, ns: number, ranking: readonly Variant<Float32Array, ElementwiseShape>[]) =>
  kernelFunction<Float32Array, ElementwiseShape>({
    name,
    ranking,
    extents: ['N'],
    arrays: ({ N }) => ({ '': N }),
    alone: ({ N }) => ns * N,
  });

const ofPair = (name: string, ns: number, ranking: readonly Variant<Pair, ElementwiseShape>[]) =>
  kernelFunction<Pair, ElementwiseShape>({
    name,
    ranking,
    extents: ['N'],
    arrays: ({ N }) => ({ a: N, b: N }),
    alone: ({ N }) => ns * N,
  });

const gradientOf = (name: string, ns: number, ranking: readonly Variant<GradientInput, ElementwiseShape>[]) =>
  kernelFunction<GradientInput, ElementwiseShape>({
    name,
    ranking,
    extents: ['N'],
    arrays: ({ N }) => ({ x: N, g: N }),
    alone: ({ N }) => ns * N,
  });

/** x[N] · Φ(x[N]), the exact GELU: absolute error of Φ below 2^-22. */
export const gelu = /* @__PURE__ */ ofOne('gelu', 0.5, [geluThreads, geluSimd, geluJs]);

/** tanh(x[N]), within 4 ULP. */
export const tanh = /* @__PURE__ */ ofOne('tanh', 0.4, [tanhThreads, tanhSimd, tanhJs]);

/** 1 / (1 + exp(−x[N])). Results below 2^-125 may be 0. */
export const sigmoid = /* @__PURE__ */ ofOne('sigmoid', 0.64, [sigmoidThreads, sigmoidSimd, sigmoidJs]);

/** x[N] / (1 + exp(−x[N])): Swish. */
export const silu = /* @__PURE__ */ ofOne('silu', 0.64, [siluThreads, siluSimd, siluJs]);

/** exp(x[N]), within 1 ULP; denormal results too. */
export const exp = /* @__PURE__ */ ofOne('exp', 0.63, [expThreads, expSimd, expJs]);

/** max(x[N], 0): NaN for NaN, and 0 for −0. */
export const relu = /* @__PURE__ */ ofOne('relu', 0.083, [reluThreads, reluSimd, reluJs]);

/** silu(a[N]) · b[N], the middle of a Llama feed-forward layer: `a` is the gate projection, `b` the up projection. */
export const swiglu = /* @__PURE__ */ ofPair('swiglu', 0.67, [swigluThreads, swigluSimd, swigluJs]);

/** a[N] + b[N]. */
export const add = /* @__PURE__ */ ofPair('add', 0.13, [addThreads, addSimd, addJs]);

/** Gradient of the exact GELU: g[N] · (Φ(x) + x φ(x)), from what the function was given. */
export const geluBackward = /* @__PURE__ */ gradientOf('gelu-backward', 1.2, [
  geluBackwardThreads,
  geluBackwardSimd,
  geluBackwardJs,
]);

/** Gradient of SiLU: g[N] · σ(x) (1 + x (1 − σ(x))), from what the function was given. */
export const siluBackward = /* @__PURE__ */ gradientOf('silu-backward', 1, [
  siluBackwardThreads,
  siluBackwardSimd,
  siluBackwardJs,
]);

/** Gradient of tanh: g[N] · (1 − tanh(x)²), from what the function was given. */
export const tanhBackward = /* @__PURE__ */ gradientOf('tanh-backward', 0.52, [
  tanhBackwardThreads,
  tanhBackwardSimd,
  tanhBackwardJs,
]);

/** Gradients g[N], scaled to a norm of at most 1 over all of them. An Infinity becomes NaN and all beside it 0; a NaN makes all NaN. */
export const clip = /* @__PURE__ */ ofOne('clip', 0.17, [clipThreads, clipSimd, clipJs]);
