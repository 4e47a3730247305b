import type { ElementwiseShape } from '../lib/elementwise.ts';
import { within } from '../lib/peer.ts';
import { jax } from '../peers/jax.ts';
import { ort } from '../peers/ort.ts';
import { tfjs } from '../peers/tfjs.ts';

const onnxRuntime = ort<Float32Array, ElementwiseShape>(
  'its QuickGelu operator with alpha = 1',
  (x, { N }) => ({
    inputs: [{ name: 'x', dims: [N] }],
    nodes: [{ op: 'QuickGelu', domain: 'com.microsoft', inputs: ['x'], output: 'out', floats: { alpha: 1 } }],
    dims: [N],
    feeds: [x],
  }),
  within('abs', 4e-6),
);

export const peers = [
  ...tfjs<Float32Array, ElementwiseShape>(
    'x · sigmoid(x) from two of its operators',
    (tf, x, { N }) => ({
      inputs: [tf.tensor(x, [N])],
      body: (v) => tf.mul(v!, tf.sigmoid(v!)),
    }),
    within('scaled', 8),
  ),
  ...jax<Float32Array, ElementwiseShape>(
    'its silu',
    ({ numpy, nn }, x) => ({
      inputs: [numpy.array(x)],
      body: (v) => nn.silu(v),
    }),
    within('scaled', 16),
  ),
  ...onnxRuntime,
];
