import { defineKernel } from '../kernel.ts';
import { normals, type Rng } from '../lib/rng.ts';
import { adamL2 } from './adam-l2.ts';
import { folded } from './folded.ts';
import { foldedDecay } from './folded-decay.ts';
import { foldedEpsilon } from './folded-epsilon.ts';
import { naive } from './naive.ts';
import { parallel } from './parallel.ts';
import { adamwReference, BOUND } from './reference.ts';
import { simd, simdThreads } from './simd.ts';

/** Parameters, and which step of the training it is, from 1. */
export type AdamwShape = { readonly N: number; readonly step: number };

/** Parameters, their gradients, and the running means of gradients and of their squares: all `[N]`. */
export interface AdamwInput {
  readonly theta: Float32Array;
  readonly g: Float32Array;
  readonly m: Float32Array;
  readonly v: Float32Array;
}

/** Gradients changed by `change`; the means are those of gradients like them, 0 before the first step. */
const changed =
  (change: (g: number) => number = (g) => g) =>
  ({ N, step }: AdamwShape, rng: Rng): AdamwInput => {
    const g = normals(rng, N, 0.01).map(change);
    const before = step > 1 ? 1 : 0;
    return {
      theta: normals(rng, N, 0.02),
      g,
      m: normals(rng, N, 0.003).map((m) => before * change(m)),
      v: normals(rng, N, 0.003).map((m) => before * (change(m) ** 2 + change(0.003) ** 2)),
    };
  };

/**
 * One step of AdamW (Loshchilov & Hutter, "Decoupled Weight Decay Regularization", 2019). Output: new θ, m and v, one behind the other; a
 * training loop writes them over the old ones. No WebGPU: seven streams of memory and a square root an element show bandwidth only, as
 * the element-wise kernels do.
 */
export const adamw = defineKernel<AdamwInput, AdamwShape>({
  name: 'adamw',
  formula:
    'out[3·N]: m = β1 m[N] + (1 − β1) g[N], v = β2 v[N] + (1 − β2) g², θ = θ[N] − lr λ θ − lr m̂ / (√v̂ + ε), m̂ = m / (1 − β1^step), v̂ = v / (1 − β2^step)',
  ledger: ['S2-26'],
  learned: [
    'Folding the bias corrections into rate and ε is worth 1.5 in JavaScript. The two ways to fold them wrongly are within 3 % of the right one: nobody would find them by time.',
  ],
  cases: [
    { shape: { N: 1, step: 1 }, from: 'one element, first step' },
    { shape: { N: 15, step: 1 }, from: 'tile − 1, odd, first step' },
    { shape: { N: 16, step: 12 }, from: 'one tile' },
    { shape: { N: 17, step: 1000 }, from: 'tile + 1' },
    { shape: { N: 1025, step: 12 }, from: 'odd' },
    { shape: { N: 110592, step: 12 }, from: 'SmolLM2-135M: keys of an attention layer, 576 × 192' },
    {
      shape: { N: 589824, step: 1000 },
      from: 'GPT-2 124M: output projection of an attention layer, 768 × 768',
      slow: true,
    },
  ],
  inputs: changed(),
  hostile: {
    'gradients of 0': changed(() => 0),
    'gradients around 1e-8, as small as ε': changed((g) => g * 1e-6),
    'gradients around 1e15': changed((g) => g * 1e17),
    'denormal gradients': changed((g) => g * 1e-38),
  },
  reference: adamwReference,
  tolerance: {
    metric: 'scaled',
    bound: BOUND,
    why: 'relative to the terms of each result, which may cancel: β1 |m| + (1 − β1) |g| for m, the same times its rate and |θ| for θ: the difference g − m, the sum, two factors, root, quotient and last difference round by 2^-25 to 2^-24 each (4.02 · 2^-24 found in 110592 parameters)',
  },
  // Two means of three operations, a root and a division that count as one each, and the rest.
  work: ({ N }) => ({ flops: 14 * N, bytes: 28 * N }),
  where: ({ theta, g }, { N }, i) =>
    `${['θ', 'm', 'v'][Math.floor(i / N)]} of parameter ${i % N}, θ = ${theta[i % N]}, g = ${g[i % N]}`,
  variants: [naive, folded, foldedDecay, foldedEpsilon, adamL2, parallel, simd, simdThreads],
});
