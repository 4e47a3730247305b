import { gemm } from '../lib/gemm.as';
import { Fused } from '../lib/madd.as';

/**
 * c[M,N] = a[M,K] · b[K,N] by one level of Strassen's algorithm ("Gaussian Elimination is not Optimal", 1969): seven products
 * of halves in place of eight. Of an odd extent the last row, column or depth is computed plainly. A rounding error is one of
 * the largest elements of a and b, not of the row and column it falls in, and an Infinity becomes NaN elsewhere:
 * where the result is not finite, it is computed again plainly.
 *
 * With h = (M / 2) · (K / 2) and so on in floats:
 * @param s (M / 2) · (K / 2) floats, for sums of quarters of a
 * @param t (K / 2) · (N / 2) floats, for sums of quarters of b
 * @param p two times (M / 2) · (N / 2) floats, for products
 * @param work GEMM_BYTES
 */
export function matmul(
  a: usize, b: usize, c: usize, M: i32, N: i32, K: i32, s: usize, t: usize, p: usize, work: usize,
  thread: i32, threads: i32,
): void {
  if (thread > 0) return;
  const lda = usize(K) << 2;
  const ldb = usize(N) << 2;
  const m = M >> 1;
  const n = N >> 1;
  const k = K >> 1;
  if (m == 0 || n == 0 || k == 0) {
    gemm<Fused>(a, lda, b, ldb, c, ldb, M, N, K, false, work);
    return;
  }
  even(a, lda, b, ldb, c, m, n, k, s, t, p, work);
  const rows = m << 1;
  const columns = n << 1;
  const depth = usize(k) << 3;
  // The odd column of a times the odd row of b; then the odd column of c, and its odd row.
  if (K & 1) gemm<Fused>(a + depth, lda, b + usize(K - 1) * ldb, ldb, c, ldb, rows, columns, 1, true, work);
  const right = usize(columns) << 2;
  if (N & 1) gemm<Fused>(a, lda, b + right, ldb, c + right, ldb, rows, 1, K, false, work);
  if (M & 1) {
    gemm<Fused>(a + usize(rows) * lda, lda, b, ldb, c + usize(rows) * ldb, ldb, 1, N, K, false, work);
  }
  if (!isFinite32(c, usize(M) * ldb)) gemm<Fused>(a, lda, b, ldb, c, ldb, M, N, K, false, work);
}

/** c[2m,2n] = a[2m,2k] · b[2k,2n]; c has the row distance of b. */
function even(
  a: usize, lda: usize, b: usize, ldb: usize, c: usize, m: i32, n: i32, k: i32, s: usize, t: usize, p: usize, work: usize,
): void {
  const ka = usize(k) << 2;
  const nb = usize(n) << 2;
  const a11 = a;
  const a12 = a + ka;
  const a21 = a + usize(m) * lda;
  const a22 = a21 + ka;
  const b11 = b;
  const b12 = b + nb;
  const b21 = b + usize(k) * ldb;
  const b22 = b21 + nb;
  const c11 = c;
  const c12 = c + nb;
  const c21 = c + usize(m) * ldb;
  const c22 = c21 + nb;
  const p2 = p + usize(m) * nb;
  // Products that one quarter of c begins with are computed in it.
  sum(a11, a22, lda, s, ka, m);
  sum(b11, b22, ldb, t, nb, k);
  gemm<Fused>(s, ka, t, nb, c11, ldb, m, n, k, false, work);
  sum(a21, a22, lda, s, ka, m);
  gemm<Fused>(s, ka, b11, ldb, c21, ldb, m, n, k, false, work);
  difference(b12, b22, ldb, t, nb, k);
  gemm<Fused>(a11, lda, t, nb, c12, ldb, m, n, k, false, work);
  begin(c11, c12, c21, c22, ldb, nb, m);
  difference(b21, b11, ldb, t, nb, k);
  gemm<Fused>(a22, lda, t, nb, p, nb, m, n, k, false, work);
  sum(a11, a12, lda, s, ka, m);
  gemm<Fused>(s, ka, b22, ldb, p2, nb, m, n, k, false, work);
  combine(p, p2, c11, c12, c21, ldb, nb, m);
  difference(a21, a11, lda, s, ka, m);
  sum(b11, b12, ldb, t, nb, k);
  gemm<Fused>(s, ka, t, nb, c22, ldb, m, n, k, true, work);
  difference(a12, a22, lda, s, ka, m);
  sum(b21, b22, ldb, t, nb, k);
  gemm<Fused>(s, ka, t, nb, c11, ldb, m, n, k, true, work);
}

/** out = x + y: `rows` rows of `bytes`; those of x and y are `ld` bytes apart, those of out stand close. */
function sum(x: usize, y: usize, ld: usize, out: usize, bytes: usize, rows: i32): void {
  for (let r = 0; r < rows; r++) {
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16) v128.store(out + i, f32x4.add(v128.load(x + i), v128.load(y + i)));
    for (; i < bytes; i += 4) store<f32>(out + i, load<f32>(x + i) + load<f32>(y + i));
    x += ld;
    y += ld;
    out += bytes;
  }
}

/** out = x − y. */
function difference(x: usize, y: usize, ld: usize, out: usize, bytes: usize, rows: i32): void {
  for (let r = 0; r < rows; r++) {
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16) v128.store(out + i, f32x4.sub(v128.load(x + i), v128.load(y + i)));
    for (; i < bytes; i += 4) store<f32>(out + i, load<f32>(x + i) - load<f32>(y + i));
    x += ld;
    y += ld;
    out += bytes;
  }
}

/** c22 = c11 + c12 − c21: what the first three products give it. */
function begin(c11: usize, c12: usize, c21: usize, c22: usize, ld: usize, bytes: usize, rows: i32): void {
  for (let r = 0; r < rows; r++) {
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16) {
      const v = f32x4.sub(f32x4.add(v128.load(c11 + i), v128.load(c12 + i)), v128.load(c21 + i));
      v128.store(c22 + i, v);
    }
    for (; i < bytes; i += 4) {
      store<f32>(c22 + i, load<f32>(c11 + i) + load<f32>(c12 + i) - load<f32>(c21 + i));
    }
    c11 += ld;
    c12 += ld;
    c21 += ld;
    c22 += ld;
  }
}

/** c11 += p − q, c12 += q, c21 += p; p and q stand close. */
function combine(p: usize, q: usize, c11: usize, c12: usize, c21: usize, ld: usize, bytes: usize, rows: i32): void {
  for (let r = 0; r < rows; r++) {
    let i: usize = 0;
    for (; i + 16 <= bytes; i += 16) {
      const v = v128.load(p + i);
      const w = v128.load(q + i);
      v128.store(c11 + i, f32x4.add(v128.load(c11 + i), f32x4.sub(v, w)));
      v128.store(c12 + i, f32x4.add(v128.load(c12 + i), w));
      v128.store(c21 + i, f32x4.add(v128.load(c21 + i), v));
    }
    for (; i < bytes; i += 4) {
      const v = load<f32>(p + i);
      const w = load<f32>(q + i);
      store<f32>(c11 + i, load<f32>(c11 + i) + (v - w));
      store<f32>(c12 + i, load<f32>(c12 + i) + w);
      store<f32>(c21 + i, load<f32>(c21 + i) + v);
    }
    p += bytes;
    q += bytes;
    c11 += ld;
    c12 += ld;
    c21 += ld;
  }
}

/** Are all of the floats finite? Times 0 each is 0, or NaN, which stays in the sum. */
function isFinite32(x: usize, bytes: usize): bool {
  let v = f32x4.splat(0);
  let tail: f32 = 0;
  const zero = v;
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16) v = f32x4.add(v, f32x4.mul(v128.load(x + i), zero));
  for (; i < bytes; i += 4) tail += load<f32>(x + i) * 0;
  const all = f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3);
  return all + tail == 0;
}
