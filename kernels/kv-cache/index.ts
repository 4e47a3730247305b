import { defineKernel } from '../kernel.ts';
import { normals, type Rng } from '../lib/rng.ts';
import { doubling } from './doubling.ts';
import { naive } from './naive.ts';
import { paged } from './paged.ts';
import { kvReference } from './reference.ts';
import { simd } from './simd.ts';
import { slab } from './slab.ts';

/**
 * Where a token's head goes: `token`, `[S, G, D]`, as projections give it, one copy a token; `head`, `[G, S, D]`, so that all keys of a
 * head lie side by side, a copy for each head of each token.
 */
export const LAYOUTS = ['token', 'head'] as const;
export type KvLayout = (typeof LAYOUTS)[number];

/** Tokens, heads of keys and values, elements of a head. */
export type KvShape = {
  readonly T: number;
  readonly G: number;
  readonly D: number;
  readonly layout: KvLayout;
};

/** Keys and values of all tokens, `[T, G, D]` each; they are appended one token after the other. */
export interface KvInput {
  readonly k: Float32Array;
  readonly v: Float32Array;
}

const ordinary = ({ T, G, D }: KvShape, rng: Rng): KvInput => ({
  k: normals(rng, T * G * D),
  v: normals(rng, T * G * D),
});

/** Cases of both layouts. */
const both = (T: number, G: number, D: number, from: string, slow?: boolean) =>
  LAYOUTS.map((layout) => ({ shape: { T, G, D, layout }, from, ...(slow ? { slow } : {}) }));

/**
 * The cache of one layer, grown token by token, as decoding does it: the keys, then the values of all tokens. What is asked is how many
 * bytes are moved and allocated on the way: a copy a token of what came before is O(T²). Copies are exact, NaN included.
 *
 * No threads: a token is some kilobytes, and handing them over costs more than copying them. No WebGPU: the projection that computes a
 * key writes it where the cache wants it, and no kernel is left.
 */
export const kvCache = defineKernel<KvInput, KvShape>({
  name: 'kv-cache',
  formula: 'out[2,T,G,D] or out[2,G,T,D] = k[T,G,D] and v[T,G,D], appended one token after the other',
  ledger: ['S2-33'],
  learned: [
    'A concatenation a token costs 140 times the copy that is needed at 64 tokens, doubling 7.5 times, pages 1.6 times: the difference between them is bytes moved and allocated, for the same cache.',
  ],
  cases: [
    ...both(1, 1, 1, 'one element'),
    ...both(5, 3, 6, 'odd, half a vector over'),
    ...both(17, 2, 20, 'a page + 1 token'),
    ...both(100, 3, 64, 'SmolLM2-135M: 100 tokens'),
    ...both(64, 12, 64, 'GPT-2 124M: 64 tokens'),
    ...both(1024, 12, 64, 'GPT-2 124M: full context', true),
  ],
  validate({ layout }) {
    if (!LAYOUTS.includes(layout))
      throw new Error(`kv-cache: no layout "${layout}"; there are ${LAYOUTS.join(' and ')}`);
  },
  inputs: ordinary,
  hostile: {
    'NaN, infinities, denormals and −0': (shape, rng) => {
      const special = [Number.NaN, Infinity, -Infinity, 1e-40, -0];
      const any = (x: Float32Array) =>
        x.map((v) => (rng.uniform() < 0.5 ? v : special[rng.integer(special.length)]!));
      const { k, v } = ordinary(shape, rng);
      return { k: any(k), v: any(v) };
    },
  },
  reference: kvReference,
  outputLength: ({ T, G, D }) => 2 * T * G * D,
  tolerance: { metric: 'abs', bound: 0, why: 'copies are exact' },
  work: ({ T, G, D }) => ({ flops: 0, bytes: 16 * T * G * D }),
  where: (_, { T, G, D }, index) => `${index < T * G * D ? 'key' : 'value'} ${index % (T * G * D)}`,
  variants: [naive, doubling, paged, slab, simd],
});
