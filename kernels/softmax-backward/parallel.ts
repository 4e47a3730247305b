import { defineVariant, type MakeTask } from '../kernel.ts';
import { sharedInput } from '../lib/arrays.ts';
import { sharedF32, workersVariant } from '../lib/js.ts';
import { firstOf } from '../lib/pool.ts';
import type { SoftmaxBackwardInput, SoftmaxBackwardShape } from './index.ts';
import { softmaxBackward } from './naive.ts';

interface Data extends SoftmaxBackwardInput, SoftmaxBackwardShape {
  out: Float32Array<SharedArrayBuffer>;
}

/** One thread's share of the rows. */
export const softmaxBackwardTask: MakeTask<Data> =
  ({ y, g, out, R, C }) =>
  (thread, threads) =>
    softmaxBackward(y, g, out, C, firstOf(R, thread, threads), firstOf(R, thread + 1, threads));

export const parallel = defineVariant<SoftmaxBackwardInput, SoftmaxBackwardShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the rows of `naive` shared among worker threads; a single row stays on one',
  prepare: (input, shape, host) =>
    workersVariant<Data>(host, import.meta.url, 'softmaxBackwardTask', {
      ...sharedInput(input),
      ...shape,
      out: sharedF32(shape.R * shape.C),
    }),
});
