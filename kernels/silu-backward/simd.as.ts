import { zip } from '../lib/elementwise.as';
import { exp } from '../lib/math.as';

const SILU: usize = memory.data<f32>([
  -88.0, -88.0, -88.0, -88.0, //  0 beyond ±88 the derivative is 0 or 1
  88.0, 88.0, 88.0, 88.0, // 16
  -0.0, -0.0, -0.0, -0.0, // 32 the sign bit
  1.0, 1.0, 1.0, 1.0, // 48
]);


class Backward {
  // @ts-ignore: decorator
  @inline
  of(x: v128, g: v128): v128 {
    // pmax and pmin keep a NaN in their first operand.
    const a = f32x4.pmin(f32x4.pmax(x, v128.load(SILU)), v128.load(SILU, 16));
    const e = exp(v128.or(a, v128.load(SILU, 32)));
    const s = f32x4.div(v128.load(SILU, 48), f32x4.add(e, v128.load(SILU, 48)));
    // σ(−|x|) = e s, σ(|x|) = s, σ′ = e s².
    const low = f32x4.mul(e, s);
    const sigma = v128.bitselect(low, s, i32x4.shr_s(a, 31));
    return f32x4.mul(g, f32x4.relaxed_madd(f32x4.mul(low, s), a, sigma));
  }
}

/** dx[i] = g[i] · f′(x[i]) for this thread's share of `N` floats; `dx` may be `x` or `g`. */
export function siluBackward(x: usize, g: usize, dx: usize, N: i32, thread: i32, threads: i32): void {
  zip<Backward>(x, g, dx, N, thread, threads);
}
