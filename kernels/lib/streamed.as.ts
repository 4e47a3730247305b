/** c = a · b in float32 for few rows and one thread (AssemblyScript): b is the stream. */
import { madd } from './madd.as';

/**
 * Columns of a strip: its part of c, and the four rows of b that are read again for each two of a, stay in L2 (512 KiB), from
 * which V8's 16 bytes a load come as fast as from L1. As long as that allows: at the start of a row no prefetcher knows where it
 * goes on.
 */
// @ts-ignore: decorator
@inline
function stripOf(M: i32): i32 {
  return max(64, (131072 / (M + 4)) & ~63);
}

/**
 * c[M,N] = a[M,K] · b[K,N], or c + that with `add`, for few rows, M at least 1: four rows of b at a time are added to each
 * row of c, which stays in cache. b is read once, in order, and not packed; strips of columns keep c and the four rows in
 * cache for all rows of a.
 */
export function streamed<F>(
  a: usize, lda: usize, b: usize, ldb: usize, c: usize, ldc: usize, M: i32, N: i32, K: i32,
  add: bool,
): void {
  const wide = stripOf(M);
  for (let jc = 0; jc < N; jc += wide) {
    const strip = usize(min(wide, N - jc)) << 2;
    const offset = usize(jc) << 2;
    if (!add) for (let i = 0; i < M; i++) memory.fill(c + usize(i) * ldc + offset, 0, strip);
    let k = 0;
    for (; k + 4 <= K; k += 4) {
      const rows = b + usize(k) * ldb + offset;
      let i = 0;
      for (; i + 2 <= M; i += 2) {
        addFourToTwo<F>(a + usize(i) * lda + (usize(k) << 2), lda, rows, ldb, c + usize(i) * ldc + offset, ldc, strip);
      }
      if (i < M) addFour<F>(a + usize(i) * lda + (usize(k) << 2), rows, ldb, c + usize(i) * ldc + offset, strip);
    }
    for (; k < K; k++) {
      const row = b + usize(k) * ldb + offset;
      for (let i = 0; i < M; i++) {
        const v = load<f32>(a + usize(i) * lda + (usize(k) << 2));
        const out = c + usize(i) * ldc + offset;
        for (let p: usize = 0; p < strip; p += 4) store<f32>(out + p, load<f32>(out + p) + v * load<f32>(row + p));
      }
    }
  }
}

/** c += a[0] · b0 + a[1] · b1 + a[2] · b2 + a[3] · b3, `bytes` long; the rows b0 to b3 are `ldb` bytes apart. */
function addFour<F>(a: usize, b0: usize, ldb: usize, c: usize, bytes: usize): void {
  const a0 = v128.load32_splat(a);
  const a1 = v128.load32_splat(a, 4);
  const a2 = v128.load32_splat(a, 8);
  const a3 = v128.load32_splat(a, 12);
  let b1 = b0 + ldb;
  let b2 = b1 + ldb;
  let b3 = b2 + ldb;
  const end = c + bytes;
  while (c + 32 <= end) {
    let v = madd<F>(a0, v128.load(b0), v128.load(c));
    let w = madd<F>(a0, v128.load(b0, 16), v128.load(c, 16));
    v = madd<F>(a1, v128.load(b1), v);
    w = madd<F>(a1, v128.load(b1, 16), w);
    v = madd<F>(a2, v128.load(b2), v);
    w = madd<F>(a2, v128.load(b2, 16), w);
    v128.store(c, madd<F>(a3, v128.load(b3), v));
    v128.store(c, madd<F>(a3, v128.load(b3, 16), w), 16);
    b0 += 32;
    b1 += 32;
    b2 += 32;
    b3 += 32;
    c += 32;
  }
  for (; c < end; c += 4) {
    store<f32>(c, load<f32>(c) + fourProducts(a, b0, b1, b2, b3));
    b0 += 4;
    b1 += 4;
    b2 += 4;
    b3 += 4;
  }
}

/** The same for two rows of c at once: each vector of b is loaded for both. */
function addFourToTwo<F>(a: usize, lda: usize, b0: usize, ldb: usize, c: usize, ldc: usize, bytes: usize): void {
  const e = a + lda;
  const a0 = v128.load32_splat(a);
  const a1 = v128.load32_splat(a, 4);
  const a2 = v128.load32_splat(a, 8);
  const a3 = v128.load32_splat(a, 12);
  const e0 = v128.load32_splat(e);
  const e1 = v128.load32_splat(e, 4);
  const e2 = v128.load32_splat(e, 8);
  const e3 = v128.load32_splat(e, 12);
  let b1 = b0 + ldb;
  let b2 = b1 + ldb;
  let b3 = b2 + ldb;
  let d = c + ldc;
  const end = c + bytes;
  while (c + 16 <= end) {
    let b = v128.load(b0);
    let v = madd<F>(a0, b, v128.load(c));
    let w = madd<F>(e0, b, v128.load(d));
    b = v128.load(b1);
    v = madd<F>(a1, b, v);
    w = madd<F>(e1, b, w);
    b = v128.load(b2);
    v = madd<F>(a2, b, v);
    w = madd<F>(e2, b, w);
    b = v128.load(b3);
    v128.store(c, madd<F>(a3, b, v));
    v128.store(d, madd<F>(e3, b, w));
    b0 += 16;
    b1 += 16;
    b2 += 16;
    b3 += 16;
    c += 16;
    d += 16;
  }
  for (; c < end; c += 4) {
    store<f32>(c, load<f32>(c) + fourProducts(a, b0, b1, b2, b3));
    store<f32>(d, load<f32>(d) + fourProducts(e, b0, b1, b2, b3));
    b0 += 4;
    b1 += 4;
    b2 += 4;
    b3 += 4;
    d += 4;
  }
}

// @ts-ignore: decorator
@inline
function fourProducts(a: usize, b0: usize, b1: usize, b2: usize, b3: usize): f32 {
  const sum = load<f32>(a) * load<f32>(b0) + load<f32>(a, 4) * load<f32>(b1);
  return sum + (load<f32>(a, 8) * load<f32>(b2) + load<f32>(a, 12) * load<f32>(b3));
}
