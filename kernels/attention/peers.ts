import { jax } from '../peers/jax.ts';
import { ort } from '../peers/ort.ts';
import { tfjs } from '../peers/tfjs.ts';
import type { AttentionInput, AttentionShape } from './index.ts';

/** What the libraries' operators can be asked for without tensors being repeated. */
const PLAIN = {
  unsupported: ({ T, S, H, G }: AttentionShape) =>
    T === S && H === G
      ? undefined
      : 'by its operators only for as many keys as queries, each head with its own',
};

const onnxRuntime = ort<AttentionInput, AttentionShape>(
  'its MultiHeadAttention operator, causal',
  ({ q, k, v }, { T, H, D }) => ({
    inputs: ['q', 'k', 'v'].map((name) => ({ name, dims: [1, T, H * D] })),
    nodes: [
      {
        op: 'MultiHeadAttention',
        domain: 'com.microsoft',
        inputs: ['q', 'k', 'v'],
        output: 'out',
        ints: { num_heads: H, unidirectional: 1 },
      },
    ],
    dims: [1, T, H * D],
    feeds: [q, k, v],
  }),
  PLAIN,
);

export const peers = [
  ...tfjs<AttentionInput, AttentionShape>(
    'scores, an added mask, softmax and the sum of values: all scores lie in memory',
    (tf, { q, k, v }, { T, H, D }) => {
      const mask = Float32Array.from({ length: T * T }, (_, i) => (i % T > Math.floor(i / T) ? -1e9 : 0));
      return {
        inputs: [...[q, k, v].map((x) => tf.tensor(x, [T, H, D])), tf.tensor(mask, [T, T])],
        body: (...inputs) => {
          const [queries, keys, values] = inputs.slice(0, 3).map((x) => tf.transpose(x, [1, 0, 2]));
          const scores = tf.mul(tf.matMul(queries!, keys!, false, true), 1 / Math.sqrt(D));
          const weights = tf.softmax(tf.add(scores, inputs[3]!));
          return tf.transpose(tf.matMul(weights, values!), [1, 0, 2]);
        },
      };
    },
    PLAIN,
  ),
  ...jax<AttentionInput, AttentionShape>(
    'its dotProductAttention, causal',
    ({ numpy, nn }, { q, k, v }, { T, H, D }) => ({
      inputs: [q, k, v].map((x) => numpy.array(x).reshape([1, T, H, D])),
      body: (queries, keys, values) => nn.dotProductAttention(queries, keys, values, { isCausal: true }),
    }),
    PLAIN,
  ),
  ...onnxRuntime,
];
