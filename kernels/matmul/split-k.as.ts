import { gemm } from '../lib/gemm.as';
import { Fused } from '../lib/madd.as';
import { firstOf } from '../lib/math.as';
import { GEMM_BYTES } from '../lib/tiled.as';

/**
 * c[M,N] = a[M,K] · b[K,N] with the depth cut into one part a thread, each part's sums going to a c of its own; the thread
 * that finishes last adds them up, always in the same order. Bits depend on the number of threads, not on their timing.
 * @param finished one int32 of 0: threads that have finished; the last one sets it back
 * @param parts threads · M · N floats
 * @param work GEMM_BYTES for every thread
 */
export function matmul(
  a: usize, b: usize, c: usize, M: i32, N: i32, K: i32, finished: usize, parts: usize, work: usize,
  thread: i32, threads: i32,
): void {
  const lda = usize(K) << 2;
  const ldb = usize(N) << 2;
  const bytes = usize(M) * ldb;
  const k0 = firstOf(K, thread, threads);
  const kc = firstOf(K, thread + 1, threads) - k0;
  const own = parts + usize(thread) * bytes;
  if (kc > 0) {
    gemm<Fused>(
      a + (usize(k0) << 2), lda, b + usize(k0) * ldb, ldb, own, ldb, M, N, kc, false,
      work + usize(thread) * GEMM_BYTES,
    );
  } else {
    memory.fill(own, 0, bytes);
  }
  if (!isLast(finished, threads)) return;
  store<i32>(finished, 0);
  memory.copy(c, parts, bytes);
  for (let part = 1; part < threads; part++) addTo(c, parts + usize(part) * bytes, bytes);
}

/** Has every other thread been here? Without shared memory there is one thread. */
// @ts-ignore: decorator
@inline
function isLast(finished: usize, threads: i32): bool {
  if (ASC_FEATURE_THREADS) return atomic.add<i32>(finished, 1) == threads - 1;
  return true;
}

function addTo(c: usize, part: usize, bytes: usize): void {
  const end = c + bytes;
  for (; c + 16 <= end; c += 16) {
    v128.store(c, f32x4.add(v128.load(c), v128.load(part)));
    part += 16;
  }
  for (; c < end; c += 4) {
    store<f32>(c, load<f32>(c) + load<f32>(part));
    part += 4;
  }
}
