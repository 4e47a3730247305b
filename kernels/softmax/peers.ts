import { within } from '../lib/peer.ts';
import { jax } from '../peers/jax.ts';
import { ort } from '../peers/ort.ts';
import { tfjs } from '../peers/tfjs.ts';
import type { SoftmaxShape } from './index.ts';

const IDEA = 'softmax over the last axis by the library';

const onnxRuntime = ort<Float32Array, SoftmaxShape>(
  IDEA,
  (x, { R, C }) => ({
    inputs: [{ name: 'x', dims: [R, C] }],
    nodes: [{ op: 'Softmax', inputs: ['x'], output: 'out', ints: { axis: -1 } }],
    dims: [R, C],
    feeds: [x],
  }),
  within('scaled', 3e-5),
);

export const peers = [
  ...tfjs<Float32Array, SoftmaxShape>(
    IDEA,
    (tf, x, { R, C }) => ({
      inputs: [tf.tensor(x, [R, C])],
      body: (logits) => tf.softmax(logits!),
    }),
    within('scaled', 3e-5),
  ),
  ...jax<Float32Array, SoftmaxShape>(
    IDEA,
    ({ numpy, nn }, x, { R, C }) => ({
      inputs: [numpy.array(x).reshape([R, C])],
      body: (logits) => nn.softmax(logits, -1),
    }),
    within('scaled', 1e-4),
  ),
  ...onnxRuntime,
];
