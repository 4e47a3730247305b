/** A kernel of a user's own, as README.md shows it. */
import { defineKernel, defineVariant, jsVariant, normals } from 'kernel-zoo';

/** @type {import('kernel-zoo').Variant<Float32Array, { N: number }>} */
const naive = defineVariant({
  name: 'naive',
  backend: 'js',
  idea: 'the formula as written',
  prepare: (x, { N }) =>
    jsVariant(N, (out) => {
      for (let n = 0; n < N; n++) out[n] = 2 * /** @type {number} */ (x[n]) + 1;
    }),
});

/** @type {import('kernel-zoo').Variant<Float32Array, { N: number }>} */
const mapped = defineVariant({
  name: 'mapped',
  backend: 'js',
  idea: 'an array method: shorter to write',
  prepare: (x, { N }) => jsVariant(N, (out) => out.set(x.map((v) => 2 * v + 1))),
});

export default defineKernel({
  name: 'mine',
  formula: 'out[N] = 2 · x[N] + 1',
  cases: [
    { shape: { N: 1 }, from: 'one element' },
    { shape: { N: 1023 }, from: 'odd' },
  ],
  inputs: ({ N }, rng) => normals(rng, N),
  reference: (x) => ({ values: Float64Array.from(x, (v) => 2 * v + 1) }),
  tolerance: { metric: 'rel', bound: 2 ** -24, why: 'one rounding: 2 · x is exact' },
  work: ({ N }) => ({ flops: 2 * N, bytes: 8 * N }),
  variants: [naive, mapped],
});
