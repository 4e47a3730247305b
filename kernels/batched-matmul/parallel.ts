import { defineVariant, type MakeTask } from '../kernel.ts';
import { sharedF32, workersVariant } from '../lib/js.ts';
import { firstOf } from '../lib/pool.ts';
import { batchedTiled, slices } from './blocked.ts';
import type { BatchedInput, BatchedShape } from './index.ts';

interface Data {
  a: Float32Array<SharedArrayBuffer>;
  b: Float32Array<SharedArrayBuffer>;
  out: Float32Array<SharedArrayBuffer>;
  shape: BatchedShape;
}

/** One thread's share of the products. */
export const batchedTask: MakeTask<Data> = ({ a, b, out, shape }) => {
  const products = slices(a, b, out, shape);
  return (thread, threads) => {
    batchedTiled(products, shape, firstOf(shape.B, thread, threads), firstOf(shape.B, thread + 1, threads));
  };
};

export const parallel = defineVariant<BatchedInput, BatchedShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the products of `blocked` shared among worker threads; one product stays on one',
  prepare: ({ a, b }, shape, host) =>
    workersVariant<Data>(host, import.meta.url, 'batchedTask', {
      a: sharedF32(a),
      b: sharedF32(b),
      out: sharedF32(shape.B * shape.M * shape.N),
      shape,
    }),
});
