import { defineVariant } from '../kernel.ts';
import { sharedF32, workersVariant } from '../lib/js.ts';
import { type RowsShape, rowsTask } from '../lib/rows.ts';
import { logSoftmaxRows } from './blocked.ts';

interface Data extends RowsShape {
  readonly x: Float32Array<SharedArrayBuffer>;
  readonly out: Float32Array<SharedArrayBuffer>;
}

export const logSoftmaxTask = rowsTask<Data>(({ x, out, C }, from, to) =>
  logSoftmaxRows(x, out, C, from, to),
);

export const parallel = defineVariant<Float32Array, RowsShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the rows of `blocked` shared among worker threads; a single row stays on one',
  prepare: (x, { R, C }, host) =>
    workersVariant<Data>(host, import.meta.url, 'logSoftmaxTask', {
      x: sharedF32(x),
      out: sharedF32(R * C),
      R,
      C,
    }),
});
