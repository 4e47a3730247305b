import { defineVariant } from '../kernel.ts';
import { sharedF32, workersVariant } from '../lib/js.ts';
import { rowsTask } from '../lib/rows.ts';
import { fakeQuantRows } from './blocked.ts';
import type { FakeQuantShape } from './index.ts';

interface Data extends FakeQuantShape {
  readonly x: Float32Array<SharedArrayBuffer>;
  readonly out: Float32Array<SharedArrayBuffer>;
}

export const fakeQuantTask = rowsTask<Data>(({ x, out, C, B }, from, to) =>
  fakeQuantRows(x, out, C, B, from, to),
);

export const parallel = defineVariant<Float32Array, FakeQuantShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the rows of `blocked` shared among worker threads',
  prepare: (x, { R, C, B }, host) =>
    workersVariant<Data>(host, import.meta.url, 'fakeQuantTask', {
      x: sharedF32(x),
      out: sharedF32(R * C),
      R,
      C,
      B,
    }),
});
