/**
 * What the training needs beside the kernels of the zoo: products that add to what is there, matrices the other way round, heads
 * apart and together (AssemblyScript). Row-major float32 without gaps; nothing aliased unless said.
 */
import { gemm } from '../../kernels/lib/gemm.as';
import { Fused } from '../../kernels/lib/madd.as';

/** c[M,N] = a[M,K] · b[K,N], or c + that where `add` is not 0; `work` is the packing space of the kernel `matmul/simd`. */
export function product(a: usize, b: usize, c: usize, M: i32, N: i32, K: i32, add: i32, work: usize): void {
  gemm<Fused>(a, usize(K) << 2, b, usize(N) << 2, c, usize(N) << 2, M, N, K, add != 0, work);
}

/** out[C,R] = x[R,C] with rows for columns: squares of 4 × 4 in registers. */
export function transpose(x: usize, out: usize, R: i32, C: i32): void {
  const from = usize(C) << 2;
  const to = usize(R) << 2;
  const rows = R & ~3;
  const columns = C & ~3;
  for (let c = 0; c < columns; c += 4) {
    let p = x + (usize(c) << 2);
    let o = out + usize(c) * to;
    for (let r = 0; r < rows; r += 4) {
      const p2 = p + 2 * from;
      const a0 = v128.load(p), a1 = v128.load(p + from), a2 = v128.load(p2), a3 = v128.load(p2 + from);
      const b0 = i8x16.shuffle(a0, a1, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
      const b1 = i8x16.shuffle(a0, a1, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
      const b2 = i8x16.shuffle(a2, a3, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
      const b3 = i8x16.shuffle(a2, a3, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
      const o2 = o + 2 * to;
      v128.store(o, i8x16.shuffle(b0, b2, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
      v128.store(o + to, i8x16.shuffle(b0, b2, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
      v128.store(o2, i8x16.shuffle(b1, b3, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
      v128.store(o2 + to, i8x16.shuffle(b1, b3, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
      p += 4 * from;
      o += 16;
    }
  }
  for (let r = 0; r < R; r++) {
    for (let c = r < rows ? columns : 0; c < C; c++) {
      store<f32>(out + usize(c) * to + (usize(r) << 2), load<f32>(x + usize(r) * from + (usize(c) << 2)));
    }
  }
}

/** out = a + b over `N` floats; `out` may be either. */
export function add(a: usize, b: usize, out: usize, N: i32): void {
  const end = a + (usize(N) << 2);
  for (; a + 16 <= end; a += 16, b += 16, out += 16) v128.store(out, f32x4.add(v128.load(a), v128.load(b)));
  for (; a < end; a += 4, b += 4, out += 4) store<f32>(out, load<f32>(a) + load<f32>(b));
}

/** out = a · b, element by element, over `N` floats; `out` may be either. */
export function multiply(a: usize, b: usize, out: usize, N: i32): void {
  const end = a + (usize(N) << 2);
  for (; a + 16 <= end; a += 16, b += 16, out += 16) v128.store(out, f32x4.mul(v128.load(a), v128.load(b)));
  for (; a < end; a += 4, b += 4, out += 4) store<f32>(out, load<f32>(a) * load<f32>(b));
}

/** out[t] = table[ids[t]], rows of `D` floats. */
export function lookUp(ids: usize, table: usize, out: usize, T: i32, D: i32): void {
  const bytes = usize(D) << 2;
  for (let t = 0; t < T; t++, out += bytes) {
    memory.copy(out, table + usize(load<i32>(ids + (usize(t) << 2))) * bytes, bytes);
  }
}

/** out[H,T,D] from x[T,G,D]: the head h reads group ⌊h G / H⌋. */
export function splitHeads(x: usize, out: usize, T: i32, H: i32, G: i32, D: i32): void {
  const bytes = usize(D) << 2;
  for (let h = 0; h < H; h++) {
    let p = x + usize((h * G) / H) * bytes;
    for (let t = 0; t < T; t++, out += bytes, p += usize(G) * bytes) memory.copy(out, p, bytes);
  }
}

/** out[T,G,D] from x[H,T,D], where the heads of a group are added: the way back of `splitHeads`. */
export function joinHeads(x: usize, out: usize, T: i32, H: i32, G: i32, D: i32): void {
  const bytes = usize(D) << 2;
  memory.fill(out, 0, usize(T) * usize(G) * bytes);
  for (let h = 0; h < H; h++) {
    let o = out + usize((h * G) / H) * bytes;
    for (let t = 0; t < T; t++, x += bytes, o += usize(G) * bytes) add(o, x, o, D);
  }
}
