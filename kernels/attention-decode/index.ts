import type { AttentionInput } from '../attention/index.ts';
import { HOSTILE, ordinary } from '../attention/inputs.ts';
import { attentionReference } from '../attention/reference.ts';
import { BOUND } from '../attention/tolerance.ts';
import { defineKernel } from '../kernel.ts';
import { blocked } from './blocked.ts';
import { naive } from './naive.ts';
import { parallel } from './parallel.ts';
import { prefill } from './prefill.ts';
import { simd, simdThreads } from './simd.ts';
import { webgpu } from './webgpu.ts';

/** Keys in the cache, the query's own among them; heads of the query; heads of keys and values; elements of a head. */
export type DecodeShape = {
  readonly S: number;
  readonly H: number;
  readonly G: number;
  readonly D: number;
};

/** The same input as `attention` has, of one query. */
const ofOneQuery = (shape: DecodeShape) => ({ T: 1, ...shape });

/**
 * Attention of the one token that is being decoded: q `[H, D]`, k and v `[S, G, D]` as projections append them, out `[H, D]`. Every key is
 * seen. The whole cache is read for 2 · H / G operations an element, so that with a group to each head memory is the bound, and with
 * eight heads to a group arithmetic. A NaN makes a head NaN, and so do scores that are all −Infinity.
 */
export const attentionDecode = defineKernel<AttentionInput, DecodeShape>({
  name: 'attention-decode',
  formula: 'out[H,D] = Σ_S softmax_S(q[H,D] · k[S,G,D] / √D) · v[S,G,D]',
  ledger: ['S2-32', 'S4-57'],
  learned: [
    'A kernel for prompts is no kernel for one token: called with one query it takes 4.8 times as long, for panels that are packed to be used once.',
    'Keys and values are two arrays, read in turns: each time the streams through one stand still while the other is read. Blocks of 512 keys in place of 128 took 7 % of the time away where the cache is 67 MB (`zoo gate`, 7 pairs); reading both at once, key by key, was slower than taking turns. Four streams through the keys are not too many: two, with two neighbouring keys of each at a time, took 2.5 times as long.',
  ],
  cases: [
    { shape: { S: 1, H: 1, G: 1, D: 1 }, from: 'one element' },
    { shape: { S: 7, H: 3, G: 1, D: 3 }, from: 'keys 8 − 1, odd; multi-query' },
    { shape: { S: 127, H: 4, G: 2, D: 17 }, from: 'key block − 1, head 16 + 1' },
    { shape: { S: 129, H: 5, G: 5, D: 20 }, from: 'key block + 1, head of 5 vectors' },
    { shape: { S: 258, H: 6, G: 2, D: 24 }, from: 'two key blocks + 2, three heads to a group' },
    { shape: { S: 100, H: 12, G: 12, D: 64 }, from: 'GPT-2 124M: 100 tokens' },
    { shape: { S: 200, H: 9, G: 3, D: 64 }, from: 'SmolLM2-135M: 200 tokens' },
    { shape: { S: 60, H: 32, G: 4, D: 64 }, from: 'TinyLlama 1.1B: 60 tokens' },
    { shape: { S: 1024, H: 12, G: 12, D: 64 }, from: 'GPT-2 124M: full context', slow: true },
    { shape: { S: 2048, H: 9, G: 3, D: 64 }, from: 'SmolLM2-135M: 2048 tokens', slow: true },
    { shape: { S: 2048, H: 32, G: 4, D: 64 }, from: 'TinyLlama 1.1B: full context', slow: true },
    {
      shape: { S: 16384, H: 8, G: 8, D: 64 },
      from: 'a cache of 64 MiB, larger than those of processors',
      slow: true,
    },
  ],
  validate({ H, G }) {
    if (H % G !== 0) throw new Error(`attention-decode: ${H} heads do not divide into ${G} groups`);
  },
  inputs: (shape, rng) => ordinary(ofOneQuery(shape), rng),
  hostile: Object.fromEntries(
    Object.entries(HOSTILE).map(([name, make]) => [name, (shape, rng) => make(ofOneQuery(shape), rng)]),
  ),
  reference: (input, shape, rng) => attentionReference(input, ofOneQuery(shape), rng),
  outputLength: ({ H, D }) => H * D,
  tolerance: { metric: 'scaled', bound: BOUND, why: 'as of attention: see attention/tolerance.ts' },
  work: ({ S, H, G, D }) => ({ flops: 4 * S * H * D, bytes: 8 * D * (H + S * G) }),
  where: (_, { D }, index) => `head ${Math.floor(index / D)}, element ${index % D}`,
  variants: [naive, blocked, parallel, prefill, simd, simdThreads, webgpu],
});
