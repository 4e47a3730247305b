import { defineKernel } from '../kernel.ts';
import { type Rng, uniforms } from '../lib/rng.ts';
import { naive } from './naive.ts';
import { embeddingReference } from './reference.ts';
import { rows } from './rows.ts';
import { runs } from './runs.ts';
import { simd } from './simd.ts';
import { webgpu } from './webgpu.ts';

/** Rows are those of a text, `tokens` in any order, or those of its places, `positions` one behind the other. */
export const ORDERS = ['tokens', 'positions'] as const;
export type EmbeddingOrder = (typeof ORDERS)[number];

/** Rows that are taken, elements of a row, rows of the table, and the order in which they are taken. */
export type EmbeddingShape = {
  readonly T: number;
  readonly D: number;
  readonly V: number;
  readonly order: EmbeddingOrder;
};

export interface EmbeddingInput {
  /** `[V, D]` */
  readonly table: Float32Array;
  /** T integers in [0, V). */
  readonly ids: Int32Array;
}

function inputs({ T, D, V, order }: EmbeddingShape, rng: Rng): EmbeddingInput {
  const first = rng.integer(V - T + 1 > 0 ? V - T + 1 : 1);
  const ids = Int32Array.from({ length: T }, (_, t) => (order === 'tokens' ? rng.integer(V) : first + t));
  return { table: uniforms(rng, V * D, -0.1, 0.1), ids };
}

const both = (T: number, D: number, V: number, from: string) =>
  ORDERS.map((order) => ({ shape: { T, D, V, order }, from }));

/**
 * Rows of a table by their numbers: token embeddings, and with numbers that follow one another the learned embeddings of positions,
 * which are a slice of their table. An id outside the table is for the caller to refuse.
 *
 * It moves bytes and computes nothing, a megabyte or two for a prompt: on two threads `simd` took three times as long as on one, for
 * being woken and for rows that the next kernel has to fetch from another core, so that there are no such variants.
 */
export const embedding = defineKernel<EmbeddingInput, EmbeddingShape>({
  name: 'embedding',
  formula: 'out[T,D] = table[id[T]] of a table of V rows of D elements',
  ledger: ['S1-8'],
  learned: [
    'A view and a memmove a row are eight times as fast as a loop over elements at 768 elements, and SIMD a third faster than that: what is left is moving bytes, 87 % of the bandwidth.',
  ],
  cases: [
    ...both(1, 1, 1, 'one element'),
    ...both(3, 15, 7, 'odd, tile − 1'),
    ...both(2, 17, 5, 'tile + 1, fewer rows than threads'),
    ...both(128, 128, 256, 'a neural compressor: 128 bytes of context'),
    ...both(512, 768, 1024, 'GPT-2 124M: positions of 512 tokens; a part of its vocabulary'),
  ],
  validate({ T, V, order }) {
    if (!ORDERS.includes(order))
      throw new Error(`embedding: no order "${order}"; there are ${ORDERS.join(' and ')}`);
    if (order === 'positions' && T > V)
      throw new Error(`embedding: ${T} positions in a table of ${V} cannot follow one another`);
  },
  inputs,
  hostile: {
    'NaN, ±Infinity, −0 and denormals': (shape, rng) => {
      const { table, ids } = inputs(shape, rng);
      const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1e-40];
      return { table: table.map((v, i) => odd[i % 7] ?? v), ids };
    },
    'one row all the time': (shape, rng) => ({
      ...inputs(shape, rng),
      ids: new Int32Array(shape.T).fill(shape.V - 1),
    }),
    'runs that break off': (shape, rng) => ({
      ...inputs(shape, rng),
      ids: Int32Array.from({ length: shape.T }, (_, t) => (t + 2 * Math.floor(t / 3)) % shape.V),
    }),
  },
  reference: embeddingReference,
  tolerance: { metric: 'abs', bound: 0, why: 'elements are moved' },
  work: ({ T, D }) => ({ flops: 0, bytes: 8 * T * D + 4 * T }),
  where: ({ ids }, { D }, index) =>
    `row ${Math.floor(index / D)} of id ${ids[Math.floor(index / D)]}, element ${index % D}`,
  variants: [naive, rows, runs, simd, webgpu],
});
