import { defineVariant } from '../kernel.ts';
import { sharedF32, workersVariant } from '../lib/js.ts';
import { type RowsShape, rowsTask } from '../lib/rows.ts';
import { EPSILON } from '../rmsnorm/constants.ts';
import { residualRmsnormRows } from './blocked.ts';
import type { ResidualRmsnormInput } from './index.ts';

interface Data extends RowsShape {
  readonly x: Float32Array<SharedArrayBuffer>;
  readonly residual: Float32Array<SharedArrayBuffer>;
  readonly w: Float32Array<SharedArrayBuffer>;
  readonly out: Float32Array<SharedArrayBuffer>;
}

export const residualRmsnormTask = rowsTask<Data>(({ x, residual, w, out, R, C }, from, to) =>
  residualRmsnormRows(x, residual, w, out, out.subarray(R * C), C, EPSILON, from, to),
);

export const parallel = defineVariant<ResidualRmsnormInput, RowsShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the rows of `blocked` shared among worker threads; a single row stays on one',
  prepare: ({ x, residual, w }, { R, C }, host) =>
    workersVariant<Data>(host, import.meta.url, 'residualRmsnormTask', {
      x: sharedF32(x),
      residual: sharedF32(residual),
      w: sharedF32(w),
      out: sharedF32(2 * R * C),
      R,
      C,
    }),
});
