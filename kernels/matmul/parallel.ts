import { defineVariant, type MakeTask } from '../kernel.ts';
import { sharedF32, workersVariant } from '../lib/js.ts';
import { firstOf } from '../lib/pool.ts';
import { matmulTiled } from './blocked.ts';
import type { MatmulInput, MatmulShape } from './index.ts';

interface Data extends MatmulShape {
  a: Float32Array<SharedArrayBuffer>;
  b: Float32Array<SharedArrayBuffer>;
  out: Float32Array<SharedArrayBuffer>;
}

/** One thread's share of the rows, in whole tiles of four, so that only the last thread has rows left over. */
export const matmulTask: MakeTask<Data> =
  ({ a, b, out, M, N, K }) =>
  (thread, threads) => {
    const from = firstOf(Math.ceil(M / 4), thread, threads);
    const to = firstOf(Math.ceil(M / 4), thread + 1, threads);
    matmulTiled(a, b, out, N, K, Math.min(from * 4, M), Math.min(to * 4, M));
  };

export const parallel = defineVariant<MatmulInput, MatmulShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the rows of `blocked` shared among worker threads, four at a time; up to four rows stay on one',
  prepare: ({ a, b }, { M, N, K }, host) =>
    workersVariant<Data>(host, import.meta.url, 'matmulTask', {
      a: sharedF32(a),
      b: sharedF32(b),
      out: sharedF32(M * N),
      M,
      N,
      K,
    }),
});
