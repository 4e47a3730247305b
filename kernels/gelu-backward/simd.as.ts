import { normalCdf } from '../lib/activations.as';
import { zip } from '../lib/elementwise.as';
import { exp } from '../lib/math.as';

const GELU: usize = memory.data<f32>([
  -6.5, -6.5, -6.5, -6.5, //  0 beyond ±6.5 the derivative is 0 or 1 within 2^-26
  6.5, 6.5, 6.5, 6.5, // 16
  -5.5999999, -5.5999999, -5.5999999, -5.5999999, // 32 range of normalCdf
  5.5999999, 5.5999999, 5.5999999, 5.5999999, // 48
  -0.5, -0.5, -0.5, -0.5, // 64
  0.398942280, 0.398942280, 0.398942280, 0.398942280, // 80 1 / √(2π)
]);


class Backward {
  // @ts-ignore: decorator
  @inline
  of(x: v128, g: v128): v128 {
    // pmax and pmin keep a NaN in their first operand.
    const a = f32x4.pmin(f32x4.pmax(x, v128.load(GELU)), v128.load(GELU, 16));
    const cdf = normalCdf(f32x4.pmin(f32x4.pmax(a, v128.load(GELU, 32)), v128.load(GELU, 48)));
    const density = f32x4.mul(exp(f32x4.mul(f32x4.mul(a, a), v128.load(GELU, 64))), v128.load(GELU, 80));
    return f32x4.mul(g, f32x4.relaxed_madd(density, a, cdf));
  }
}

/** dx[i] = g[i] · f′(x[i]) for this thread's share of `N` floats; `dx` may be `x` or `g`. */
export function geluBackward(x: usize, g: usize, dx: usize, N: i32, thread: i32, threads: i32): void {
  zip<Backward>(x, g, dx, N, thread, threads, false);
}
