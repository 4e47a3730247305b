import type { ElementwiseShape } from '../lib/elementwise.ts';
import { within } from '../lib/peer.ts';
import { jax } from '../peers/jax.ts';
import { ort } from '../peers/ort.ts';
import { tfjs } from '../peers/tfjs.ts';

const onnxRuntime = ort<Float32Array, ElementwiseShape>(
  'its Gelu operator',
  (x, { N }) => ({
    inputs: [{ name: 'x', dims: [N] }],
    nodes: [{ op: 'Gelu', inputs: ['x'], output: 'out', strings: { approximate: 'none' } }],
    dims: [N],
    feeds: [x],
  }),
  {},
  within('scaled', 1e-6),
);

export const peers = [
  ...tfjs<Float32Array, ElementwiseShape>(
    'x / 2 · (1 + erf(x / √2)) from five of its operators: it has none for it',
    (tf, x, { N }) => ({
      inputs: [tf.tensor(x, [N])],
      body: (v) => tf.mul(tf.mul(v!, 0.5), tf.add(tf.erf(tf.mul(v!, Math.SQRT1_2)), 1)),
    }),
  ),
  ...jax<Float32Array, ElementwiseShape>(
    'its gelu, the exact one',
    ({ numpy, nn }, x) => ({
      inputs: [numpy.array(x)],
      body: (v) => nn.gelu(v, { approximate: false }),
    }),
    within('scaled', 4e-7),
  ),
  ...onnxRuntime,
];
