import { defineVariant } from '../kernel.ts';
import { sharedF32, workersVariant } from '../lib/js.ts';
import { type RowsShape, rowsTask } from '../lib/rows.ts';
import { layernormRows } from './blocked.ts';
import { EPSILON } from './constants.ts';
import type { LayernormInput } from './index.ts';

interface Data extends RowsShape {
  readonly x: Float32Array<SharedArrayBuffer>;
  readonly w: Float32Array<SharedArrayBuffer>;
  readonly b: Float32Array<SharedArrayBuffer>;
  readonly out: Float32Array<SharedArrayBuffer>;
}

export const layernormTask = rowsTask<Data>(({ x, w, b, out, C }, from, to) =>
  layernormRows(x, w, b, out, C, EPSILON, from, to),
);

export const parallel = defineVariant<LayernormInput, RowsShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the rows of `blocked` shared among worker threads; a single row stays on one',
  prepare: ({ x, w, b }, { R, C }, host) =>
    workersVariant<Data>(host, import.meta.url, 'layernormTask', {
      x: sharedF32(x),
      w: sharedF32(w),
      b: sharedF32(b),
      out: sharedF32(R * C),
      R,
      C,
    }),
});
