import { defineVariant, type MakeTask } from '../kernel.ts';
import { sharedF32, workersVariant } from '../lib/js.ts';
import { firstOf } from '../lib/pool.ts';
import type { DotInput, DotShape } from './index.ts';
import { dot4 } from './unrolled.ts';

interface Data {
  a: Float32Array<SharedArrayBuffer>;
  b: Float32Array<SharedArrayBuffer>;
  out: Float32Array<SharedArrayBuffer>;
  /** A sum for each thread. */
  sums: Float64Array<SharedArrayBuffer>;
  /** How many threads have finished. */
  finished: Int32Array<SharedArrayBuffer>;
}

/** One thread's share; the last thread to finish adds the sums up, in the order of threads. */
export const dotTask: MakeTask<Data> =
  ({ a, b, out, sums, finished }) =>
  (thread, threads) => {
    sums[thread] = dot4(a, b, firstOf(a.length, thread, threads), firstOf(a.length, thread + 1, threads));
    if (Atomics.add(finished, 0, 1) !== threads - 1) return;
    finished[0] = 0;
    let sum = 0;
    for (let t = 0; t < threads; t++) sum += sums[t]!;
    out[0] = sum;
  };

export const parallel = defineVariant<DotInput, DotShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'a part of the elements for each worker thread, whose sums the last to finish adds up',
  prepare: ({ a, b }, _shape, host) =>
    workersVariant<Data>(host, import.meta.url, 'dotTask', {
      a: sharedF32(a),
      b: sharedF32(b),
      out: sharedF32(1),
      sums: new Float64Array(new SharedArrayBuffer(8 * host.threads)),
      finished: new Int32Array(new SharedArrayBuffer(4)),
    }),
});
