import { defineVariant, type MakeTask } from '../kernel.ts';
import { sharedF32, workersVariant } from '../lib/js.ts';
import { firstOf } from '../lib/pool.ts';
import { rmsnormRows } from './blocked.ts';
import { EPSILON } from './constants.ts';
import type { RmsnormInput, RmsnormShape } from './index.ts';

interface Data {
  x: Float32Array<SharedArrayBuffer>;
  w: Float32Array<SharedArrayBuffer>;
  out: Float32Array<SharedArrayBuffer>;
  R: number;
  C: number;
  epsilon: number;
}

/** One thread's share of the rows. */
export const rmsnormTask: MakeTask<Data> =
  ({ x, w, out, R, C, epsilon }) =>
  (thread, threads) => {
    const from = firstOf(R, thread, threads);
    const to = firstOf(R, thread + 1, threads);
    rmsnormRows(x, w, out, C, epsilon, from, to);
  };

export const parallel = defineVariant<RmsnormInput, RmsnormShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the rows of `blocked` shared among worker threads; a single row stays on one',
  prepare: ({ x, w }, { R, C }, host) =>
    workersVariant<Data>(host, import.meta.url, 'rmsnormTask', {
      x: sharedF32(x),
      w: sharedF32(w),
      out: sharedF32(R * C),
      R,
      C,
      epsilon: EPSILON,
    }),
});
