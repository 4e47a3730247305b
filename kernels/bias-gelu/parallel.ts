import { defineVariant } from '../kernel.ts';
import { sharedF32, workersVariant } from '../lib/js.ts';
import { type RowsShape, rowsTask } from '../lib/rows.ts';
import { biasGeluRows } from './blocked.ts';
import type { BiasGeluInput } from './index.ts';

interface Data extends RowsShape {
  readonly x: Float32Array<SharedArrayBuffer>;
  readonly bias: Float32Array<SharedArrayBuffer>;
  readonly out: Float32Array<SharedArrayBuffer>;
}

export const biasGeluTask = rowsTask<Data>(({ x, bias, out, C }, from, to) =>
  biasGeluRows(x, bias, out, C, from, to),
);

export const parallel = defineVariant<BiasGeluInput, RowsShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the rows of `blocked` shared among worker threads; a single row stays on one',
  prepare: ({ x, bias }, { R, C }, host) =>
    workersVariant<Data>(host, import.meta.url, 'biasGeluTask', {
      x: sharedF32(x),
      bias: sharedF32(bias),
      out: sharedF32(R * C),
      R,
      C,
    }),
});
