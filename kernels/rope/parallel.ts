import { defineVariant, type MakeTask } from '../kernel.ts';
import { sharedF32, workersVariant } from '../lib/js.ts';
import { firstOf } from '../lib/pool.ts';
import { ropeRows } from './blocked.ts';
import type { RopeInput, RopeShape } from './index.ts';
import { ropeTable } from './tables.ts';

interface Data {
  x: Float32Array<SharedArrayBuffer>;
  out: Float32Array<SharedArrayBuffer>;
  table: Float64Array;
  shape: RopeShape;
}

/** One thread's share of the T · H rows: heads of one token are shared too, so that decoding is. */
export const ropeTask: MakeTask<Data> =
  ({ x, out, table, shape: { T, H, D, layout } }) =>
  (thread, threads) => {
    const from = firstOf(T * H, thread, threads);
    const to = firstOf(T * H, thread + 1, threads);
    ropeRows(x, table, out, H, D, layout, from, to);
  };

export const parallel = defineVariant<RopeInput, RopeShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the heads of `blocked` shared among worker threads, each with a copy of the table made outside `run`',
  prepare: ({ x, offset, inverse }, shape, host) =>
    workersVariant<Data>(host, import.meta.url, 'ropeTask', {
      x: sharedF32(x),
      out: sharedF32(shape.T * shape.H * shape.D),
      table: ropeTable(shape.T, shape.D, offset, inverse),
      shape,
    }),
});
