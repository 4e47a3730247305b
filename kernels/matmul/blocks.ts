import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { MatmulInput, MatmulShape } from './index.ts';

/**
 * Rows [from, to) of c by cubes of `size`: for each block of c all blocks of the depth, and inside them the loops of
 * ikj.ts, so that a block of b is used `size` times while it is in cache. Each step rounds to float32 in c.
 */
export function matmulBlocks(
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
  N: number,
  K: number,
  from: number,
  to: number,
  size: number,
): void {
  c.fill(0, from * N, to * N);
  for (let i0 = from; i0 < to; i0 += size) {
    const i1 = Math.min(i0 + size, to);
    for (let j0 = 0; j0 < N; j0 += size) {
      const j1 = Math.min(j0 + size, N);
      for (let k0 = 0; k0 < K; k0 += size) {
        const k1 = Math.min(k0 + size, K);
        block(a, b, c, N, K, i0, i1, j0, j1, k0, k1);
      }
    }
  }
}

function block(
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
  N: number,
  K: number,
  i0: number,
  i1: number,
  j0: number,
  j1: number,
  k0: number,
  k1: number,
): void {
  for (let i = i0; i < i1; i++) {
    for (let k = k0; k < k1; k++) {
      const v = a[i * K + k]!;
      for (let p = i * N + j0, end = i * N + j1, q = k * N + j0; p < end; p++, q++) {
        c[p] = c[p]! + v * b[q]!;
      }
    }
  }
}

/**
 * A block size that follows the rule "three blocks fit the cache": the largest multiple of 4 with 3 · size² elements in
 * `cacheBytes`. 52 for 32 KiB and float32, not 64, which is often recommended beside the rule and needs 48 KiB.
 */
export function blockSizeFor(cacheBytes: number, elementBytes = 4): number {
  return Math.floor(Math.sqrt(cacheBytes / (3 * elementBytes)) / 4) * 4;
}

/** The sweep: `npx zoo compare matmul/blocked-32 matmul/blocked-64 matmul/blocked-128 --against ikj` finds the best here. */
function blockedBy(size: number, idea: string) {
  return defineVariant<MatmulInput, MatmulShape>({
    name: `blocked-${size}`,
    backend: 'js',
    idea,
    ledger: ['S3-27', 'S3-29', 'S3-31'],
    prepare: ({ a, b }, { M, N, K }) => jsVariant(M * N, (c) => matmulBlocks(a, b, c, N, K, 0, M, size)),
  });
}

export const blocked32 = blockedBy(
  32,
  'ikj in cubes of 32: three blocks are 12 KiB and fit any L1; the inner loop is short, and its overhead takes what the cache gives',
);
export const blocked64 = blockedBy(
  64,
  'ikj in cubes of 64: three blocks are 48 KiB, more than a 32 KiB L1; gains a quarter over ikj where N is a power of two, nothing at its neighbour',
);
export const blocked128 = blockedBy(
  128,
  'ikj in cubes of 128: three blocks are 192 KiB, for L2; ikj reads in order anyway, so that blocks of any size gain little over it',
);
