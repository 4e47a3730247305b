/** Functions of tokens: their positions, attention among them, their embeddings, and the choice of the next. */

import { flash as attentionJs } from '../../kernels/attention/flash.ts';
import type { AttentionInput, AttentionShape } from '../../kernels/attention/index.ts';
import { simd as attentionSimd, simdThreads as attentionThreads } from '../../kernels/attention/simd.ts';
import type {
  AttentionBackwardInput,
  AttentionBackwardShape,
} from '../../kernels/attention-backward/index.ts';
import { rows as attentionBackwardJs } from '../../kernels/attention-backward/rows.ts';
import {
  simd as attentionBackwardSimd,
  simdThreads as attentionBackwardThreads,
} from '../../kernels/attention-backward/simd.ts';
import { blocked as attentionDecodeJs } from '../../kernels/attention-decode/blocked.ts';
import type { DecodeShape } from '../../kernels/attention-decode/index.ts';
import {
  simd as attentionDecodeSimd,
  simdThreads as attentionDecodeThreads,
} from '../../kernels/attention-decode/simd.ts';
import type { EmbeddingInput, EmbeddingShape } from '../../kernels/embedding/index.ts';
import { rows as embeddingJs } from '../../kernels/embedding/rows.ts';
import { simd as embeddingSimd } from '../../kernels/embedding/simd.ts';
import type {
  EmbeddingBackwardInput,
  EmbeddingBackwardShape,
} from '../../kernels/embedding-backward/index.ts';
import { naive as embeddingBackwardJs } from '../../kernels/embedding-backward/naive.ts';
import {
  simd as embeddingBackwardSimd,
  simdThreads as embeddingBackwardThreads,
} from '../../kernels/embedding-backward/simd.ts';
import { blocked as ropeJs } from '../../kernels/rope/blocked.ts';
import type { RopeInput, RopeShape } from '../../kernels/rope/index.ts';
import { simd as ropeSimd, simdThreads as ropeThreads } from '../../kernels/rope/simd.ts';
import { blocked as ropeBackwardJs } from '../../kernels/rope-backward/blocked.ts';
import type { RopeBackwardInput } from '../../kernels/rope-backward/index.ts';
import {
  simd as ropeBackwardSimd,
  simdThreads as ropeBackwardThreads,
} from '../../kernels/rope-backward/simd.ts';
import { MODES } from '../../kernels/sample/constants.ts';
import type { SampleInput, SampleShape } from '../../kernels/sample/index.ts';
import { select as sampleJs } from '../../kernels/sample/select.ts';
import { simd as sampleSimd } from '../../kernels/sample/simd.ts';
import { checkIndices, kernelFunction } from '../kernel-function.ts';

export type { AttentionInput, AttentionShape } from '../../kernels/attention/index.ts';
export type {
  AttentionBackwardInput,
  AttentionBackwardShape,
} from '../../kernels/attention-backward/index.ts';
export type { DecodeShape } from '../../kernels/attention-decode/index.ts';
export type { EmbeddingInput, EmbeddingShape } from '../../kernels/embedding/index.ts';
export type {
  EmbeddingBackwardInput,
  EmbeddingBackwardShape,
} from '../../kernels/embedding-backward/index.ts';
export type { RopeInput, RopeShape } from '../../kernels/rope/index.ts';
export type { RopeBackwardInput } from '../../kernels/rope-backward/index.ts';
export type { SampleInput, SampleShape } from '../../kernels/sample/index.ts';

const checkPairs =
  (name: string) =>
  ({ D, layout }: RopeShape): void => {
    if (D % 2 !== 0) throw new RangeError(`${name}: D = ${D} is odd, and elements turn in pairs`);
    if (layout !== 'half' && layout !== 'interleaved')
      throw new RangeError(`${name}: no layout "${layout}"; there are interleaved and half`);
  };

/** Loops that look for the largest logit would not find it. */
function checkDrawing({ logits, u }: Partial<SampleInput>, { R, S }: SampleShape): void {
  for (const v of u!)
    if (!(v >= 0 && v < 1)) throw new RangeError(`sample: u has ${v}, which is not in [0, 1)`);
  for (let r = 0; r < R; r++) {
    let hasFinite = false;
    for (let i = r * S; i < (r + 1) * S; i++) {
      const v = logits![i]!;
      if (!(v < Infinity)) throw new RangeError(`sample: row ${r} of the logits has ${v}`);
      if (v > -Infinity) hasFinite = true;
    }
    if (!hasFinite) throw new RangeError(`sample: row ${r} of the logits has no finite number`);
  }
}

/**
 * Rotary position embedding of x[T,H,D]; the first token stands at `offset`. Interleaved pairs are (2i, 2i + 1), as in the
 * paper; half pairs (i, i + D/2), as Hugging Face orders them.
 */
export const rope = /* @__PURE__ */ kernelFunction<RopeInput, RopeShape>({
  name: 'rope',
  ranking: [ropeThreads, ropeSimd, ropeJs],
  extents: ['T', 'H', 'D'],
  others: { offset: 0 },
  check: checkPairs('rope'),
  arrays: ({ T, H, D }) => ({ x: T * H * D }),
  alone: ({ T, H, D }) => 0.08 * T * H * D,
});

/** Gradient of `rope`: g[T,H,D] turned back. */
export const ropeBackward = /* @__PURE__ */ kernelFunction<RopeBackwardInput, RopeShape>({
  name: 'rope-backward',
  ranking: [ropeBackwardThreads, ropeBackwardSimd, ropeBackwardJs],
  extents: ['T', 'H', 'D'],
  others: { offset: 0 },
  check: checkPairs('rope-backward'),
  arrays: ({ T, H, D }) => ({ g: T * H * D }),
  alone: ({ T, H, D }) => 0.09 * T * H * D,
});

/**
 * Causal attention of a prompt, or of a part of one behind cached keys: q[T,H,D], k and v[S,G,D], out[T,H,D]; query t sees the keys up
 * to S − T + t, and head h reads head ⌊h · G / H⌋. Heads longer than 256 are computed without SIMD.
 */
export const attention = /* @__PURE__ */ kernelFunction<AttentionInput, AttentionShape>({
  name: 'attention',
  ranking: [attentionThreads, attentionSimd, attentionJs],
  extents: ['T', 'S', 'H', 'G', 'D'],
  check({ T, S, H, G }) {
    if (S < T)
      throw new RangeError(`attention: ${S} keys for ${T} queries, and each query has a key of its own`);
    if (H % G !== 0) throw new RangeError(`attention: ${H} heads do not divide into ${G} groups`);
  },
  arrays: ({ T, S, H, G, D }) => ({ q: T * H * D, k: S * G * D, v: S * G * D }),
  alone: ({ T, S, H, D }) => (4 * H * D * T * (S - (T - 1) / 2)) / 48,
});

/** Attention of the one token that is being decoded, over all keys: q[H,D], k and v[S,G,D], out[H,D]. */
export const attentionDecode = /* @__PURE__ */ kernelFunction<AttentionInput, DecodeShape>({
  name: 'attention-decode',
  ranking: [attentionDecodeThreads, attentionDecodeSimd, attentionDecodeJs],
  extents: ['S', 'H', 'G', 'D'],
  check({ H, G }) {
    if (H % G !== 0) throw new RangeError(`attention-decode: ${H} heads do not divide into ${G} groups`);
  },
  arrays: ({ S, H, G, D }) => ({ q: H * D, k: S * G * D, v: S * G * D }),
  alone: ({ S, H, D }) => (4 * S * H * D) / 29,
});

/** Gradients of causal attention with respect to q, k and v, one behind the other; all are [H,T,D], as is g. */
export const attentionBackward = /* @__PURE__ */ kernelFunction<
  AttentionBackwardInput,
  AttentionBackwardShape
>({
  name: 'attention-backward',
  ranking: [attentionBackwardThreads, attentionBackwardSimd, attentionBackwardJs],
  extents: ['H', 'T', 'D'],
  arrays: ({ H, T, D }) => ({ q: H * T * D, k: H * T * D, v: H * T * D, g: H * T * D }),
  alone: ({ H, T, D }) => (H > 1 ? (5 * H * T * (T + 1) * D) / 22 : 0),
});

/** Rows of table[V,D] by their numbers ids[T]; `order` says whether they follow one another. The table can be kept. */
export const embedding = /* @__PURE__ */ kernelFunction<EmbeddingInput, EmbeddingShape, 'table'>({
  name: 'embedding',
  ranking: [embeddingSimd, embeddingJs],
  extents: ['T', 'D', 'V'],
  types: { ids: Int32Array },
  weights: ['table'],
  check({ order }) {
    if (order !== 'tokens' && order !== 'positions')
      throw new RangeError(`embedding: no order "${order}"; there are tokens and positions`);
  },
  checkElements: ({ ids }, { V }) => checkIndices('embedding', 'ids', ids, V),
  arrays: ({ T, D, V }) => ({ table: V * D, ids: T }),
  alone: () => 0,
});

/** Gradient of a table of embeddings [V,D]: g[T,D] added to the rows ids[T], 0 elsewhere. */
export const embeddingBackward = /* @__PURE__ */ kernelFunction<
  EmbeddingBackwardInput,
  EmbeddingBackwardShape
>({
  name: 'embedding-backward',
  ranking: [embeddingBackwardThreads, embeddingBackwardSimd, embeddingBackwardJs],
  extents: ['T', 'V', 'D'],
  types: { ids: Int32Array },
  checkElements: ({ ids }, { V }) => checkIndices('embedding-backward', 'ids', ids, V),
  arrays: ({ T, D }) => ({ ids: T, g: T * D }),
  alone: ({ T, V, D }) => 0.065 * (T + V) * D,
});

/**
 * The token of each row of logits[R,S] that the numbers u[R] in [0, 1) choose: the likeliest (`greedy`), or with temperature 0.8 from all
 * (`temperature`), from the 40 likeliest (`top-k`) or from the fewest that have 95 % (`top-p`). −Infinity is for what must not be chosen.
 */
export const sample = /* @__PURE__ */ kernelFunction<SampleInput, SampleShape, never, Int32Array>({
  name: 'sample',
  ranking: [sampleSimd, sampleJs],
  extents: ['R', 'S'],
  types: { u: Float64Array },
  check({ mode }) {
    if (!MODES.includes(mode))
      throw new RangeError(`sample: no mode "${mode}"; there are ${MODES.join(', ')}`);
  },
  checkElements: checkDrawing,
  result: (values) => Int32Array.from(values),
  arrays: ({ R, S }) => ({ logits: R * S, u: R }),
  alone: () => 0,
});
