import { defineVariant, type MakeTask } from '../kernel.ts';
import { sharedF32, workersVariant } from '../lib/js.ts';
import { firstOf } from '../lib/pool.ts';
import { ROW_LOOPS } from './direct.ts';
import type { QmatvecInput, QmatvecShape } from './index.ts';

interface Data {
  x: Float32Array<SharedArrayBuffer>;
  blocks: Uint8Array<SharedArrayBuffer>;
  out: Float32Array<SharedArrayBuffer>;
  shape: QmatvecShape;
}

/** One thread's share of the rows. */
export const qmatvecTask: MakeTask<Data> = ({ x, blocks, out, shape: { N, K, quant } }) => {
  const loop = ROW_LOOPS[quant]!;
  return (thread, threads) => {
    loop(blocks, x, out, K, firstOf(N, thread, threads), firstOf(N, thread + 1, threads));
  };
};

export const parallel = defineVariant<QmatvecInput, QmatvecShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the rows of `direct` shared among worker threads',
  prepare({ x, blocks }, shape, host) {
    const copy = new Uint8Array(new SharedArrayBuffer(blocks.length));
    copy.set(blocks);
    return workersVariant<Data>(host, import.meta.url, 'qmatvecTask', {
      x: sharedF32(x),
      blocks: copy,
      out: sharedF32(shape.N),
      shape,
    });
  },
});
