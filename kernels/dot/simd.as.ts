import { firstOf, sumLanes } from '../lib/math.as';

/** Elements that are summed in float32 before the sum goes on in float64: 2048 additions a lane. */
const CHUNK: i32 = 8192;

// @ts-ignore: decorator
@inline
function step(a: usize, b: usize, sum: v128): v128 {
  return f32x4.relaxed_madd(v128.load(a), v128.load(b), sum);
}

/**
 * Σ a · b over `n` floats with 1, 4 or 8 vectors of sums; `sums` is a constant at every call. One chain of multiply-adds gives
 * four products in four cycles; two units with that latency need eight.
 */
// @ts-ignore: decorator
@inline
function chunk(sums: i32, a: usize, b: usize, n: i32): f32 {
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  const end = a + (usize(n) << 2);
  const bytes = usize(sums) << 4;
  const blocks = a + usize(n / (4 * sums)) * bytes;
  while (a < blocks) {
    s0 = step(a, b, s0);
    if (sums > 1) {
      s1 = step(a + 16, b + 16, s1);
      s2 = step(a + 32, b + 32, s2);
      s3 = step(a + 48, b + 48, s3);
    }
    if (sums > 4) {
      s4 = step(a + 64, b + 64, s4);
      s5 = step(a + 80, b + 80, s5);
      s6 = step(a + 96, b + 96, s6);
      s7 = step(a + 112, b + 112, s7);
    }
    a += bytes;
    b += bytes;
  }
  for (; a + 16 <= end; a += 16) {
    s0 = step(a, b, s0);
    b += 16;
  }
  if (sums > 4) {
    s0 = f32x4.add(s0, s4);
    s1 = f32x4.add(s1, s5);
    s2 = f32x4.add(s2, s6);
    s3 = f32x4.add(s3, s7);
  }
  if (sums > 1) s0 = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
  let sum = sumLanes(s0);
  for (; a < end; a += 4) {
    sum += load<f32>(a) * load<f32>(b);
    b += 4;
  }
  return sum;
}

/** One vector of sums, for N elements; `out` is a float. */
export function dot1(a: usize, b: usize, out: usize, N: i32, thread: i32, threads: i32): void {
  if (thread > 0) return;
  let sum: f64 = 0;
  for (let i = 0; i < N; i += CHUNK) {
    sum += <f64>chunk(1, a + (usize(i) << 2), b + (usize(i) << 2), min(CHUNK, N - i));
  }
  store<f32>(out, <f32>sum);
}

/** Four vectors of sums. */
export function dot4(a: usize, b: usize, out: usize, N: i32, thread: i32, threads: i32): void {
  if (thread > 0) return;
  let sum: f64 = 0;
  for (let i = 0; i < N; i += CHUNK) {
    sum += <f64>chunk(4, a + (usize(i) << 2), b + (usize(i) << 2), min(CHUNK, N - i));
  }
  store<f32>(out, <f32>sum);
}

/** Eight vectors of sums over elements [from, to). */
function dot8(a: usize, b: usize, from: i32, to: i32): f64 {
  let sum: f64 = 0;
  for (let i = from; i < to; i += CHUNK) {
    sum += <f64>chunk(8, a + (usize(i) << 2), b + (usize(i) << 2), min(CHUNK, to - i));
  }
  return sum;
}

/**
 * Eight vectors of sums and a part of the elements for each thread; the last to finish adds up, in the order of threads.
 * @param finished one int32 of 0: threads that have finished; the last one sets it back
 * @param parts a float64 for each thread
 */
export function dot(
  a: usize, b: usize, out: usize, N: i32, finished: usize, parts: usize, thread: i32, threads: i32,
): void {
  // In steps of a vector: parts that begin within a vector would read across cache lines.
  const vectors = (N + 3) / 4;
  const to = min(N, firstOf(vectors, thread + 1, threads) * 4);
  store<f64>(parts + (usize(thread) << 3), dot8(a, b, firstOf(vectors, thread, threads) * 4, to));
  if (ASC_FEATURE_THREADS) {
    if (atomic.add<i32>(finished, 1) != threads - 1) return;
    store<i32>(finished, 0);
  }
  let sum: f64 = 0;
  for (let t = 0; t < threads; t++) sum += load<f64>(parts + (usize(t) << 3));
  store<f32>(out, <f32>sum);
}
