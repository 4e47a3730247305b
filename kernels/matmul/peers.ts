import { jax } from '../peers/jax.ts';
import { ort } from '../peers/ort.ts';
import { tfjs } from '../peers/tfjs.ts';
import type { MatmulInput, MatmulShape } from './index.ts';

const IDEA = 'c = a · b by the library: both are inputs of each call, so neither is packed ahead';

const onnxRuntime = ort<MatmulInput, MatmulShape>(IDEA, ({ a, b }, { M, N, K }) => ({
  inputs: [
    { name: 'a', dims: [M, K] },
    { name: 'b', dims: [K, N] },
  ],
  nodes: [{ op: 'MatMul', inputs: ['a', 'b'], output: 'out' }],
  dims: [M, N],
  feeds: [a, b],
}));

export const peers = [
  ...tfjs<MatmulInput, MatmulShape>(IDEA, (tf, { a, b }, { M, N, K }) => ({
    inputs: [tf.tensor(a, [M, K]), tf.tensor(b, [K, N])],
    body: (x, y) => tf.matMul(x!, y!),
  })),
  ...jax<MatmulInput, MatmulShape>(IDEA, ({ numpy }, { a, b }, { M, N, K }) => ({
    inputs: [numpy.array(a).reshape([M, K]), numpy.array(b).reshape([K, N])],
    body: (x, y) => numpy.matmul(x, y),
  })),
  ...onnxRuntime,
];
