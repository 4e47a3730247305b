import { exp, firstOf, sumLanes } from '../lib/math.as';

/** Σ a b over `bytes`. */
// @ts-ignore: decorator
@inline
function dot(a: usize, b: usize, bytes: usize): f32 {
  const end = a + bytes;
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (; a + 64 <= end; a += 64, b += 64) {
    s0 = f32x4.relaxed_madd(v128.load(a), v128.load(b), s0);
    s1 = f32x4.relaxed_madd(v128.load(a, 16), v128.load(b, 16), s1);
    s2 = f32x4.relaxed_madd(v128.load(a, 32), v128.load(b, 32), s2);
    s3 = f32x4.relaxed_madd(v128.load(a, 48), v128.load(b, 48), s3);
  }
  let sum = sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  for (; a < end; a += 4, b += 4) sum += load<f32>(a) * load<f32>(b);
  return sum;
}

/**
 * dq, dk and dv of this thread's share of `H` heads, each [T, D]; `out` has them one behind the other. A query at a time: the first T
 * floats of the thread's `row` have the scores, then e^(score − max), the next T have g · v, then ds.
 */
export function attentionBackward(
  q: usize, k: usize, v: usize, g: usize, out: usize, row: usize,
  H: i32, T: i32, D: i32, thread: i32, threads: i32,
): void {
  const to = firstOf(H, thread + 1, threads);
  const bytes = usize(D) << 2;
  const head = usize(T) * bytes;
  const size = usize(H) * head;
  const scores = row + ((usize(thread) * usize(T)) << 3);
  const products = scores + (usize(T) << 2);
  const factor = <f32>(1 / Math.sqrt(f64(D)));
  for (let h = firstOf(H, thread, threads); h < to; h++) {
    const start = usize(h) * head;
    memory.fill(out + size + start, 0, head);
    memory.fill(out + size + size + start, 0, head);
    for (let i = 0; i < T; i++) {
      const query = start + usize(i) * bytes;
      let max: f32 = -Infinity;
      let at: usize = 0;
      for (let key = start; key <= query; key += bytes, at += 4) {
        const score = dot(q + query, k + key, bytes) * factor;
        max = score > max ? score : max;
        store<f32>(scores + at, score);
        store<f32>(products + at, dot(g + query, v + key, bytes));
      }
      let total: f32 = 0;
      let mean: f32 = 0;
      for (let a: usize = 0; a < at; a += 4) {
        const d = load<f32>(scores + a) - max;
        // Below, e^d is denormal, and what `exp` makes of it is not 0.
        const e: f32 = d < -87.33 ? 0 : f32x4.extract_lane(exp(f32x4.splat(d)), 0);
        store<f32>(scores + a, e);
        total += e;
        mean += e * load<f32>(products + a);
      }
      const inverse: f32 = <f32>1 / total;
      mean *= inverse;
      at = 0;
      for (let key = start; key <= query; key += bytes, at += 4) {
        const p = load<f32>(scores + at) * inverse;
        const ds = p * (load<f32>(products + at) - mean) * factor;
        store<f32>(products + at, ds);
        const ps = f32x4.splat(p);
        const dss = f32x4.splat(ds);
        const dk = out + size + key;
        const dv = out + size + size + key;
        let d: usize = 0;
        for (; d + 32 <= bytes; d += 32) {
          const a = q + query + d, b = g + query + d, k0 = dk + d, v0 = dv + d;
          v128.store(k0, f32x4.relaxed_madd(v128.load(a), dss, v128.load(k0)));
          v128.store(k0, f32x4.relaxed_madd(v128.load(a, 16), dss, v128.load(k0, 16)), 16);
          v128.store(v0, f32x4.relaxed_madd(v128.load(b), ps, v128.load(v0)));
          v128.store(v0, f32x4.relaxed_madd(v128.load(b, 16), ps, v128.load(v0, 16)), 16);
        }
        for (; d < bytes; d += 4) {
          store<f32>(dk + d, load<f32>(dk + d) + ds * load<f32>(q + query + d));
          store<f32>(dv + d, load<f32>(dv + d) + p * load<f32>(g + query + d));
        }
      }

      // dq stays in registers while all keys go by.
      const dq = out + query;
      const last = products + at;
      let d: usize = 0;
      for (; d + 64 <= bytes; d += 64) {
        let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
        let key = k + start + d;
        for (let ds = products; ds < last; ds += 4, key += bytes) {
          const s = v128.load32_splat(ds);
          a0 = f32x4.relaxed_madd(v128.load(key), s, a0);
          a1 = f32x4.relaxed_madd(v128.load(key, 16), s, a1);
          a2 = f32x4.relaxed_madd(v128.load(key, 32), s, a2);
          a3 = f32x4.relaxed_madd(v128.load(key, 48), s, a3);
        }
        v128.store(dq + d, a0);
        v128.store(dq + d, a1, 16);
        v128.store(dq + d, a2, 32);
        v128.store(dq + d, a3, 48);
      }
      for (; d < bytes; d += 4) {
        let sum: f32 = 0;
        let key = k + start + d;
        for (let ds = products; ds < last; ds += 4, key += bytes) sum += load<f32>(ds) * load<f32>(key);
        store<f32>(dq + d, sum);
      }
    }
  }
}
