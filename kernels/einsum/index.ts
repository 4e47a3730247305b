/**
 * Contractions of two tensors by a specification in letters, as NumPy's einsum has them: what a person reads most easily, and what
 * must become a product of matrices to be fast. The path each case takes is told beside it.
 *
 * No variant has threads or runs on a GPU: once lowered, a contraction is batched-matmul, which has both.
 */
import { type Case, defineKernel } from '../kernel.ts';
import { type Rng, uniforms } from '../lib/rng.ts';
import { lowered, unbatched } from './lowered.ts';
import { naive } from './naive.ts';
import { parseSpec, pathOf } from './plan.ts';
import { einsumReference } from './reference.ts';
import { simd } from './simd.ts';
import { checkSizes, extentsOf, sizeOf } from './strides.ts';

/** The specification, and the extents of its letters in the order in which they first appear: `1x16x768x64`. */
export type EinsumShape = { readonly spec: string; readonly sizes: string };

/** Row-major float32 without gaps. */
export interface EinsumInput {
  readonly a: Float32Array;
  readonly b: Float32Array;
}

function plain(shape: EinsumShape, rng: Rng): EinsumInput {
  const { a, b } = parseSpec(shape.spec);
  return { a: uniforms(rng, sizeOf(a, shape), -1, 1), b: uniforms(rng, sizeOf(b, shape), -1, 1) };
}

function of(shape: EinsumShape, from: string, slow?: true): Case<EinsumShape> {
  const path = pathOf(shape.spec, extentsOf(shape));
  return { shape, from: `${from} (${path})`, ...(slow && { slow }) };
}

const BOUND = 1.2e-7;

export const einsum = defineKernel<EinsumInput, EinsumShape>({
  name: 'einsum',
  formula: 'out = Σ a · b over the letters of spec that out has not, each as long as sizes says',
  ledger: ['S0-1', 'S0-2'],
  learned: [
    'To find the matrix products in a contraction is worth 12 in plain JavaScript, and SIMD ten more: `naive` spends its time on indices, not on products.',
  ],
  cases: [
    of({ spec: 'i.i.', sizes: '33' }, 'a dot product, odd'),
    of({ spec: 'i.j.ij', sizes: '5x7' }, 'an outer product'),
    of({ spec: 'bi.bi.b', sizes: '9x17' }, 'a dot product a row'),
    of({ spec: 'ij.jk.ki', sizes: '7x9x13' }, 'a product, transposed'),
    of({ spec: 'ii.i.i', sizes: '9' }, 'a diagonal'),
    of({ spec: 'ijk.jl.il', sizes: '5x7x3x9' }, 'a letter of one operand only'),
    of({ spec: 'btd.dh.bth', sizes: '1x16x768x64' }, 'GPT-2 124M: queries of a head, 16 tokens'),
    of({ spec: 'bhid.bhjd.bhij', sizes: '1x9x32x64x32' }, 'SmolLM2-135M: scores, 32 tokens'),
    of({ spec: 'bhij.bhjd.bihd', sizes: '1x9x32x32x64' }, 'SmolLM2-135M: values, 32 tokens'),
    of({ spec: 'bhtd.hde.bte', sizes: '2x3x5x64x96' }, 'output projection: two letters summed'),
    of({ spec: 'btd.dh.bth', sizes: '1x32x768x768' }, 'GPT-2 124M: queries, 32 tokens', true),
    of({ spec: 'bhid.bhjd.bhij', sizes: '1x12x128x64x128' }, 'GPT-2 124M: scores, 128 tokens', true),
  ],
  validate: checkSizes,
  inputs: plain,
  hostile: {
    'magnitudes from 1e-12 to 1e12': (shape, rng) => {
      const { a, b } = plain(shape, rng);
      return { a: a.map((v) => v * 10 ** (24 * rng.uniform() - 12)), b };
    },
    'a NaN at the end of a, an Infinity at the end of b': (shape, rng) => {
      const { a, b } = plain(shape, rng);
      a[a.length - 1] = Number.NaN;
      b[b.length - 1] = Number.POSITIVE_INFINITY;
      return { a, b };
    },
    denormals: (shape, rng) => {
      const { a, b } = plain(shape, rng);
      return { a: a.map((v) => v * 1e-40), b };
    },
  },
  reference: (input, shape) => einsumReference(input, shape),
  tolerance: {
    metric: 'scaled',
    bound: BOUND,
    why: 'two roundings (2 · 2^-24) relative to √n · Σ|a · b| of n products: rounding errors of a sum in any order grow like a random walk (Higham & Mary 2019)',
  },
  work(shape) {
    const { a, b, out } = parseSpec(shape.spec);
    const all = [...new Set(a + b)].join('');
    const numbers = sizeOf(a, shape) + sizeOf(b, shape) + sizeOf(out, shape);
    return { flops: 2 * sizeOf(all, shape), bytes: 4 * numbers };
  },
  variants: [naive, lowered, unbatched, simd],
});
