/**
 * y[T,N] = x[T,K] · w[N,K]ᵀ in float64 of float32 weights, for the reference alone: four tokens and two rows at a time, and never with
 * relaxed instructions, so that it is the same in every engine. T is a multiple of 4, N and K are even.
 */

// @ts-ignore: decorator
@inline
function sumOf(v: v128): f64 {
  return f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1);
}

export function product(x: usize, w: usize, y: usize, T: i32, N: i32, K: i32): void {
  const row = usize(K) << 3;
  const bytes = usize(K) << 2;
  const out = usize(N) << 3;
  for (let t = 0; t < T; t += 4) {
    const x0 = x + usize(t) * row;
    const x1 = x0 + row;
    const x2 = x1 + row;
    const x3 = x2 + row;
    for (let n = 0; n < N; n += 2) {
      const w0 = w + usize(n) * bytes;
      const w1 = w0 + bytes;
      let a0 = f64x2.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
      for (let k: usize = 0; k < bytes; k += 8) {
        const a = f64x2.promote_low_f32x4(v128.load64_zero(w0 + k));
        const b = f64x2.promote_low_f32x4(v128.load64_zero(w1 + k));
        const k2 = k << 1;
        let v = v128.load(x0 + k2);
        a0 = f64x2.add(a0, f64x2.mul(a, v));
        b0 = f64x2.add(b0, f64x2.mul(b, v));
        v = v128.load(x1 + k2);
        a1 = f64x2.add(a1, f64x2.mul(a, v));
        b1 = f64x2.add(b1, f64x2.mul(b, v));
        v = v128.load(x2 + k2);
        a2 = f64x2.add(a2, f64x2.mul(a, v));
        b2 = f64x2.add(b2, f64x2.mul(b, v));
        v = v128.load(x3 + k2);
        a3 = f64x2.add(a3, f64x2.mul(a, v));
        b3 = f64x2.add(b3, f64x2.mul(b, v));
      }
      let to = y + usize(t) * out + (usize(n) << 3);
      store<f64>(to, sumOf(a0));
      store<f64>(to, sumOf(b0), 8);
      to += out;
      store<f64>(to, sumOf(a1));
      store<f64>(to, sumOf(b1), 8);
      to += out;
      store<f64>(to, sumOf(a2));
      store<f64>(to, sumOf(b2), 8);
      to += out;
      store<f64>(to, sumOf(a3));
      store<f64>(to, sumOf(b3), 8);
    }
  }
}
