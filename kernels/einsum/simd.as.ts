import { gemm } from '../lib/gemm.as';
import { Fused } from '../lib/madd.as';

/**
 * A copy of a row-major tensor in another order of its letters.
 * @param order int32: how many letters; their extents in the new order, then the bytes that a step along each moves in `x`, then
 *   as many zeros, which are zeros again afterwards
 */
export function permute(x: usize, out: usize, order: usize): void {
  const letters = usize(load<i32>(order)) << 2;
  const extents = order + 4;
  const steps = extents + letters;
  const position = steps + letters;
  const n = letters ? usize(load<i32>(extents + letters - 4)) << 2 : 4;
  const step = letters ? usize(load<i32>(steps + letters - 4)) : 4;
  for (;;) {
    if (step == 4) memory.copy(out, x, n);
    else gather(x, step, out, n);
    out += n;
    let loop = letters;
    for (;;) {
      if (loop <= 4) return;
      loop -= 4;
      const at = loop - 4;
      const next = load<i32>(position + at) + 1;
      x += load<i32>(steps + at);
      if (next < load<i32>(extents + at)) {
        store<i32>(position + at, next);
        break;
      }
      x -= load<i32>(steps + at) * next;
      store<i32>(position + at, 0);
    }
  }
}

function gather(x: usize, step: usize, out: usize, bytes: usize): void {
  for (const end = out + bytes; out < end; out += 4) {
    store<f32>(out, load<f32>(x));
    x += step;
  }
}

/**
 * B products of a[M,K] and b[K,N], after permutations of a and b and before one of the result. Of each of the three: where the
 * permuted tensor goes (of the result: where it comes from), and its order; order 0: it lies as it is wanted.
 * @param work GEMM_BYTES
 */
export function einsum(
  a: usize, b: usize, out: usize, B: i32, M: i32, N: i32, K: i32, pa: usize, orderA: usize, pb: usize, orderB: usize,
  pc: usize, orderOut: usize, work: usize, thread: i32, threads: i32,
): void {
  if (thread > 0) return;
  if (orderA) permute(a, pa, orderA);
  else pa = a;
  if (orderB) permute(b, pb, orderB);
  else pb = b;
  if (!orderOut) pc = out;
  const lda = usize(K) << 2;
  const ldb = usize(N) << 2;
  for (let i = 0; i < B; i++) {
    const row = usize(i * M);
    gemm<Fused>(pa + row * lda, lda, pb + usize(i * K) * ldb, ldb, pc + row * ldb, ldb, M, N, K, false, work);
  }
  if (orderOut) permute(pc, out, orderOut);
}

/**
 * Any contraction, one product at a time, as naive.ts has it; sums in float64.
 * @param loops int32: how many loops, how many of them are over letters of the output, then of each the extent, then the bytes
 *   that a step moves in a, then in b, then as many zeros, which are zeros again afterwards
 * @param length floats of `out`
 */
export function interpreted(a: usize, b: usize, out: usize, loops: usize, length: i32, thread: i32, threads: i32): void {
  if (thread > 0) return;
  const bytes = load<i32>(loops) << 2;
  const outer = load<i32>(loops, 4) << 2;
  const extents = loops + 8;
  const aSteps = extents + bytes;
  const bSteps = aSteps + bytes;
  const position = bSteps + bytes;
  for (const end = out + (usize(length) << 2); out < end; out += 4) {
    let sum: f64 = 0;
    let loop: i32;
    do {
      sum += <f64>load<f32>(a) * <f64>load<f32>(b);
      for (loop = bytes - 4; loop >= 0; loop -= 4) {
        const aStep = load<i32>(aSteps + loop);
        const bStep = load<i32>(bSteps + loop);
        const extent = load<i32>(extents + loop);
        const next = load<i32>(position + loop) + 1;
        a += aStep;
        b += bStep;
        store<i32>(position + loop, next < extent ? next : 0);
        if (next < extent) break;
        a -= aStep * extent;
        b -= bStep * extent;
      }
    } while (loop >= outer);
    store<f32>(out, <f32>sum);
  }
}
