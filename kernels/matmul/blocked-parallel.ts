import { defineVariant, type MakeTask } from '../kernel.ts';
import { sharedF32, workersVariant } from '../lib/js.ts';
import { firstOf } from '../lib/pool.ts';
import { matmulBlocks } from './blocks.ts';
import type { MatmulInput, MatmulShape } from './index.ts';

/** Edge of a block, and the rows that a share is a multiple of. */
const SIZE = 64;

interface Data extends MatmulShape {
  a: Float32Array<SharedArrayBuffer>;
  b: Float32Array<SharedArrayBuffer>;
  out: Float32Array<SharedArrayBuffer>;
}

/** Whole blocks of rows a thread, spread evenly; the last block may be short, and threads without a block do nothing. */
export const blockedParallelTask: MakeTask<Data> =
  ({ a, b, out, M, N, K }) =>
  (thread, threads) => {
    const blocks = Math.ceil(M / SIZE);
    const from = firstOf(blocks, thread, threads) * SIZE;
    const to = firstOf(blocks, thread + 1, threads) * SIZE;
    matmulBlocks(a, b, out, N, K, from, Math.min(to, M), SIZE);
  };

/**
 * The sharing as it is often written: both divisions cut off. Rows behind the last whole block belong to nobody, nor
 * do the blocks that are left over when the threads have had equal shares: of 16 blocks six threads compute 12, of two
 * blocks eight threads compute none. What nobody computes stays 0, as in a fresh array.
 */
export const droppedTask: MakeTask<Data> =
  ({ a, b, out, M, N, K }) =>
  (thread, threads) => {
    const share = Math.floor(Math.floor(M / SIZE) / threads) * SIZE;
    matmulBlocks(a, b, out, N, K, thread * share, (thread + 1) * share, SIZE);
    if (thread === 0) out.fill(0, threads * share * N);
  };

export const blockedParallel = defineVariant<MatmulInput, MatmulShape>({
  name: 'blocked-parallel',
  backend: 'workers',
  idea: 'blocked-64 over threads, whole blocks of rows each, so that up to 64 rows stay on one: the gain is that of the threads, for there is little from the blocks to multiply it with',
  ledger: ['S3-32', 'S3-33'],
  prepare: ({ a, b }, { M, N, K }, host) =>
    workersVariant<Data>(host, import.meta.url, 'blockedParallelTask', {
      a: sharedF32(a),
      b: sharedF32(b),
      out: sharedF32(M * N),
      M,
      N,
      K,
    }),
});

export const blockedParallelDropped = defineVariant<MatmulInput, MatmulShape>({
  name: 'blocked-parallel-dropped',
  backend: 'workers',
  exhibit: true,
  idea: 'WRONG: ⌊⌊M / 64⌋ / threads⌋ blocks a thread; the blocks left over and the rows behind the last whole block are never computed',
  ledger: ['S3-33'],
  tolerance: {
    metric: 'scaled',
    bound: Number.POSITIVE_INFINITY,
    why: 'elements that no thread computes are 0, whatever they should be: a NaN or an Infinity is an infinite error',
  },
  prepare: ({ a, b }, { M, N, K }, host) =>
    workersVariant<Data>(host, import.meta.url, 'droppedTask', {
      a: sharedF32(a),
      b: sharedF32(b),
      out: sharedF32(M * N),
      M,
      N,
      K,
    }),
});
