import type { RowsShape } from '../lib/rows.ts';
import { jax } from '../peers/jax.ts';
import { ort } from '../peers/ort.ts';
import { tfjs } from '../peers/tfjs.ts';
import { EPSILON } from './constants.ts';
import type { LayernormInput } from './index.ts';

const onnxRuntime = ort<LayernormInput, RowsShape>(
  'its LayerNormalization operator',
  ({ x, w, b }, { R, C }) => ({
    inputs: [
      { name: 'x', dims: [R, C] },
      { name: 'w', dims: [C] },
      { name: 'b', dims: [C] },
    ],
    nodes: [
      {
        op: 'LayerNormalization',
        inputs: ['x', 'w', 'b'],
        output: 'out',
        ints: { axis: -1, stash_type: 1 },
        floats: { epsilon: EPSILON },
      },
    ],
    dims: [R, C],
    feeds: [x, w, b],
  }),
);

export const peers = [
  ...tfjs<LayernormInput, RowsShape>(
    'from nine of its operators: it has none for it',
    (tf, input, { R, C }) => ({
      inputs: [tf.tensor(input.x, [R, C]), tf.tensor(input.w, [C]), tf.tensor(input.b, [C])],
      body: (x, w, b) => {
        const centred = tf.sub(x!, tf.mean(x!, -1, true));
        const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), EPSILON));
        return tf.add(tf.mul(tf.mul(centred, scale), w!), b!);
      },
    }),
  ),
  ...jax<LayernormInput, RowsShape>(
    'its standardize, a product and a sum',
    ({ numpy, nn }, input, { R, C }) => ({
      inputs: [numpy.array(input.x).reshape([R, C]), numpy.array(input.w), numpy.array(input.b)],
      body: (x, w, b) => nn.standardize(x, -1, { epsilon: EPSILON }).mul(w).add(b),
    }),
  ),
  ...onnxRuntime,
];
