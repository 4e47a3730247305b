import type { ElementwiseShape } from '../lib/elementwise.ts';
import { within } from '../lib/peer.ts';
import { jax } from '../peers/jax.ts';
import { ort } from '../peers/ort.ts';
import { tfjs } from '../peers/tfjs.ts';

const IDEA = 'tanh of the library';
/** By WGSL's own, whose error is an absolute one. */
const ON_GPU = within('abs', 4e-7);

const onnxRuntime = ort<Float32Array, ElementwiseShape>(
  IDEA,
  (x, { N }) => ({
    inputs: [{ name: 'x', dims: [N] }],
    nodes: [{ op: 'Tanh', inputs: ['x'], output: 'out' }],
    dims: [N],
    feeds: [x],
  }),
  within('ulp', 8),
  ON_GPU,
);

export const peers = [
  ...tfjs<Float32Array, ElementwiseShape>(
    IDEA,
    (tf, x, { N }) => ({
      inputs: [tf.tensor(x, [N])],
      body: (v) => tf.tanh(v!),
    }),
    {},
    ON_GPU,
  ),
  ...jax<Float32Array, ElementwiseShape>(
    IDEA,
    ({ numpy }, x) => ({
      inputs: [numpy.array(x)],
      body: (v) => numpy.tanh(v),
    }),
    within('abs', 4e-7),
  ),
  ...onnxRuntime,
];
