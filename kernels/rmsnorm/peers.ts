import { ort } from '../peers/ort.ts';
import { tfjs } from '../peers/tfjs.ts';
import { EPSILON } from './constants.ts';
import type { RmsnormInput, RmsnormShape } from './index.ts';

const onnxRuntime = ort<RmsnormInput, RmsnormShape>(
  'its SimplifiedLayerNormalization operator',
  ({ x, w }, { R, C }) => ({
    inputs: [
      { name: 'x', dims: [R, C] },
      { name: 'w', dims: [C] },
    ],
    nodes: [
      {
        op: 'SimplifiedLayerNormalization',
        inputs: ['x', 'w'],
        output: 'out',
        ints: { axis: -1, stash_type: 1 },
        floats: { epsilon: EPSILON },
      },
    ],
    dims: [R, C],
    feeds: [x, w],
  }),
);

export const peers = [
  ...tfjs<RmsnormInput, RmsnormShape>(
    'from six of its operators: it has none for it',
    (tf, { x, w }, { R, C }) => ({
      inputs: [tf.tensor(x, [R, C]), tf.tensor(w, [C])],
      body: (v, scale) =>
        tf.mul(tf.mul(v!, tf.rsqrt(tf.add(tf.mean(tf.square(v!), -1, true), EPSILON))), scale!),
    }),
  ),
  ...onnxRuntime,
];
