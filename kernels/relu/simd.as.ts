import { map } from '../lib/elementwise.as';

class Relu {
  /** Clears what is at most 0: a NaN, which is not, stays. `max` orders −0 and NaN in seven instructions of x86, this is two. */
  // @ts-ignore: decorator
  @inline
  of(x: v128): v128 {
    return v128.andnot(x, f32x4.le(x, f32x4.splat(0)));
  }
}

/** out[i] = max(x[i], 0) for this thread's share of `N` floats; `out` may be `x`. */
export function relu(x: usize, out: usize, N: i32, thread: i32, threads: i32): void {
  map<Relu>(x, out, N, thread, threads);
}
