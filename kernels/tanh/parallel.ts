import { defineVariant, type MakeTask } from '../kernel.ts';
import { type ElementwiseShape, firstInLines } from '../lib/elementwise.ts';
import { sharedF32, workersVariant } from '../lib/js.ts';
import { tanhRational } from './blocked.ts';

interface Data {
  x: Float32Array<SharedArrayBuffer>;
  out: Float32Array<SharedArrayBuffer>;
}

/** One thread's share of the elements. */
export const tanhTask: MakeTask<Data> =
  ({ x, out }) =>
  (thread, threads) => {
    const from = firstInLines(x.length, thread, threads);
    const to = firstInLines(x.length, thread + 1, threads);
    tanhRational(x, out, from, to);
  };

export const parallel = defineVariant<Float32Array, ElementwiseShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the elements of `blocked` shared among worker threads, in whole cache lines',
  prepare: (x, { N }, host) =>
    workersVariant<Data>(host, import.meta.url, 'tanhTask', { x: sharedF32(x), out: sharedF32(N) }),
});
