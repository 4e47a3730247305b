import { defineVariant, type MakeTask } from '../kernel.ts';
import { sharedF32, workersVariant } from '../lib/js.ts';
import { firstOf } from '../lib/pool.ts';
import type { MatvecInput, MatvecShape } from './index.ts';
import { matvecUnrolled } from './unrolled.ts';

interface Data extends MatvecShape {
  w: Float32Array<SharedArrayBuffer>;
  x: Float32Array<SharedArrayBuffer>;
  out: Float32Array<SharedArrayBuffer>;
}

/** One thread's share of the rows, in whole groups of four, so that only the last thread has rows left over. */
export const matvecTask: MakeTask<Data> =
  ({ w, x, out, R, C }) =>
  (thread, threads) => {
    const groups = Math.ceil(R / 4);
    const from = firstOf(groups, thread, threads) * 4;
    const to = firstOf(groups, thread + 1, threads) * 4;
    matvecUnrolled(w, x, out, C, Math.min(from, R), Math.min(to, R));
  };

export const parallel = defineVariant<MatvecInput, MatvecShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the rows of `unrolled` shared among worker threads, four at a time',
  prepare: ({ w, x }, { R, C }, host) =>
    workersVariant<Data>(host, import.meta.url, 'matvecTask', {
      w: sharedF32(w),
      x: sharedF32(x),
      out: sharedF32(R),
      R,
      C,
    }),
});
