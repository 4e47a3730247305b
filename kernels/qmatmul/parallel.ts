import { defineVariant, type MakeTask } from '../kernel.ts';
import { sharedF32, workersVariant } from '../lib/js.ts';
import { firstOf } from '../lib/pool.ts';
import type { ProductInput, ProductShape } from '../lib/qproduct.ts';
import { qmatmulRows } from './rows.ts';

interface Data {
  x: Float32Array<SharedArrayBuffer>;
  blocks: Uint8Array<SharedArrayBuffer>;
  out: Float32Array<SharedArrayBuffer>;
  shape: ProductShape;
}

/** One thread's share of the weight rows. */
export const qmatmulTask: MakeTask<Data> = ({ x, blocks, out, shape }) => {
  const row = new Float32Array(shape.K);
  return (thread, threads) => {
    const from = firstOf(shape.N, thread, threads);
    qmatmulRows(x, blocks, out, shape, row, from, firstOf(shape.N, thread + 1, threads));
  };
};

export const parallel = defineVariant<ProductInput, ProductShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the weight rows of `rows` shared among worker threads',
  prepare({ x, blocks }, shape, host) {
    const copy = new Uint8Array(new SharedArrayBuffer(blocks.length));
    copy.set(blocks);
    return workersVariant<Data>(host, import.meta.url, 'qmatmulTask', {
      x: sharedF32(x),
      blocks: copy,
      out: sharedF32(shape.M * shape.N),
      shape,
    });
  },
});
