import { defineVariant, type MakeTask } from '../kernel.ts';
import { sharedF32, workersVariant } from '../lib/js.ts';
import { firstOf } from '../lib/pool.ts';
import { softmaxThreePass } from './blocked.ts';
import type { SoftmaxShape } from './index.ts';

interface Data {
  x: Float32Array<SharedArrayBuffer>;
  out: Float32Array<SharedArrayBuffer>;
  R: number;
  C: number;
}

/** One thread's share of the rows. */
export const softmaxTask: MakeTask<Data> =
  ({ x, out, R, C }) =>
  (thread, threads) => {
    const from = firstOf(R, thread, threads);
    const to = firstOf(R, thread + 1, threads);
    softmaxThreePass(x, out, C, from, to);
  };

export const parallel = defineVariant<Float32Array, SoftmaxShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the rows of `blocked` shared among worker threads; a single row stays on one',
  prepare: (x, { R, C }, host) =>
    workersVariant<Data>(host, import.meta.url, 'softmaxTask', {
      x: sharedF32(x),
      out: sharedF32(R * C),
      R,
      C,
    }),
});
