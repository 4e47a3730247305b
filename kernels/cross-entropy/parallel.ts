import { defineVariant, type MakeTask } from '../kernel.ts';
import { sharedInput } from '../lib/arrays.ts';
import { sharedF32, workersVariant } from '../lib/js.ts';
import { firstOf } from '../lib/pool.ts';
import { crossEntropyRows } from './blocked.ts';
import type { CrossEntropyInput, CrossEntropyShape } from './index.ts';

interface Data extends CrossEntropyInput, CrossEntropyShape {
  out: Float32Array<SharedArrayBuffer>;
}

/** One thread's share of the rows. */
export const crossEntropyTask: MakeTask<Data> = ({ x, target, out, R, C }) => {
  const dx = out.subarray(R);
  return (thread, threads) => {
    const from = firstOf(R, thread, threads);
    crossEntropyRows(x, target, out, dx, R, C, from, firstOf(R, thread + 1, threads));
  };
};

export const parallel = defineVariant<CrossEntropyInput, CrossEntropyShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the rows of `blocked` shared among worker threads; a single row stays on one',
  prepare: (input, shape, host) =>
    workersVariant<Data>(host, import.meta.url, 'crossEntropyTask', {
      ...sharedInput(input),
      ...shape,
      out: sharedF32(shape.R + shape.R * shape.C),
    }),
});
