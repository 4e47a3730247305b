import { defineKernel } from '../kernel.ts';
import { normals, type Rng } from '../lib/rng.ts';
import { K, MODES, type Mode, P, TEMPERATURE } from './constants.ts';
import { heap } from './heap.ts';
import { naive } from './naive.ts';
import { keptWeights, sampleReference } from './reference.ts';
import { select } from './select.ts';
import { simd } from './simd.ts';
import { sort } from './sort.ts';

/** Rows, symbols (the vocabulary), and how a symbol is chosen. */
export type SampleShape = { readonly R: number; readonly S: number; readonly mode: Mode };

export interface SampleInput {
  /** `[R, S]`; −Infinity for what must not be chosen, at least one finite in a row, no NaN. */
  readonly logits: Float32Array;
  /** R numbers in [0, 1). */
  readonly u: Float64Array;
}

/** Shares below this are drawn anew: half of it is far more than what float32 sums are off by. */
const LEAST_SHARE = 1e-3;

/**
 * Numbers u that draw tokens by their probability, each in the middle of its token's share: which token it is must not depend on how a
 * variant rounds.
 */
function drawing(logits: Float32Array, { R, S, mode }: SampleShape, rng: Rng): SampleInput {
  const u = new Float64Array(R);
  for (let r = 0; r < R; r++) {
    const weights = keptWeights(logits.subarray(r * S, (r + 1) * S), mode);
    const total = weights.reduce((a, b) => a + b);
    const least = Math.min(
      LEAST_SHARE * total,
      weights.reduce((a, b) => Math.max(a, b)),
    );
    for (let tries = 0; tries < 100; tries++) {
      const target = rng.uniform() * total;
      let sum = 0;
      let token = 0;
      while (sum + weights[token]! <= target) sum += weights[token++]!;
      u[r] = (sum + weights[token]! / 2) / total;
      if (weights[token]! >= least) break;
    }
  }
  return { logits, u };
}

const rowsOf =
  (make: (v: number, i: number, S: number) => number) =>
  (shape: SampleShape, rng: Rng): SampleInput => {
    const { R, S } = shape;
    const logits = normals(rng, R * S, 3).map((v, i) => make(v, i % S, S));
    return drawing(logits, shape, rng);
  };

/**
 * The token that a model's logits and a uniform number choose. Kept are all tokens (temperature), the 40 most likely (top-k), or the
 * fewest that have 95 % of the probability (top-p); of equal logits the first counts as more likely. Of the kept, in the order of their
 * numbers, it is the first whose running sum of e^(logit / 0.8) is above u of the whole. Drawing in that order needs no sort.
 *
 * Logits of a row are reduced to one number: threads would wait longer for one another than the reduction takes, and a GPU would be asked
 * for four bytes that the next token cannot do without.
 */
export const sample = defineKernel<SampleInput, SampleShape>({
  name: 'sample',
  formula: `out[R] = the first token of S whose running sum of e^(logits[R,S] / ${TEMPERATURE}) is above u[R] of the sum; kept are all, the ${K} or the ${100 * P} % most likely`,
  ledger: ['S4-55'],
  learned: [
    'Top-p needs no sort: selecting takes an eighth of the time of sorting numbers, which takes a sixth of sorting objects with a comparison; SIMD is seven times as fast as selecting.',
  ],
  cases: [
    ...MODES.flatMap((mode) => [
      { shape: { R: 3, S: 1, mode }, from: 'one token' },
      { shape: { R: 2, S: 17, mode }, from: 'odd, fewer tokens than top-k keeps' },
      { shape: { R: 3, S: 256, mode }, from: 'a byte model' },
    ]),
    { shape: { R: 1, S: 49152, mode: 'greedy' }, from: 'SmolLM2-135M: its vocabulary' },
    { shape: { R: 1, S: 49152, mode: 'temperature' }, from: 'SmolLM2-135M: its vocabulary' },
    { shape: { R: 1, S: 50257, mode: 'top-k' }, from: 'GPT-2 124M: its vocabulary, odd' },
    { shape: { R: 1, S: 50257, mode: 'top-p' }, from: 'GPT-2 124M: its vocabulary, odd' },
  ],
  validate({ mode }) {
    if (!MODES.includes(mode)) throw new Error(`sample: no mode "${mode}"; there are ${MODES.join(', ')}`);
  },
  // Logits of trained models spread over ten or so.
  inputs: rowsOf((v) => v),
  hostile: {
    'all equal': rowsOf(() => -7.25),
    'halves: many ties at the cut': rowsOf((v) => Math.round(2 * v) / 2),
    'large logits: all but a few vanish': rowsOf((v) => 1e4 * v),
    'masked but for a few': rowsOf((v, i, S) => (i % 50 === 7 || i === S - 1 ? v : Number.NEGATIVE_INFINITY)),
    'u of 0 and nearly 1': ({ R, S }, rng) => ({
      logits: normals(rng, R * S, 3).map((v, i) => (i % S === 0 || i % S === S - 1 ? 20 : v)),
      u: new Float64Array(R).map((_, r) => (r % 2 === 0 ? 1 - 2 ** -32 : 0)),
    }),
  },
  reference: sampleReference,
  tolerance: {
    metric: 'abs',
    bound: 0,
    why: 'tokens: inputs draw in the middle of the share of a token with 0.1 % or more, and float32 sums are off by 1e-6',
  },
  // A comparison for the maximum; a difference, a product, an exponential (counted as one) and a sum for those that weigh.
  work: ({ R, S, mode }) => ({
    flops: R * S * (mode === 'greedy' || mode === 'top-k' ? 1 : 5),
    bytes: 4 * R * S + 12 * R,
  }),
  where: ({ u }, _, index) => `row ${index}, u = ${u[index]}`,
  variants: [naive, sort, heap, select, simd],
});
