import { expAnywhere } from '../lib/math.as';
import { map } from '../lib/elementwise.as';

class Exp {
  // @ts-ignore: decorator
  @inline
  of(x: v128): v128 {
    return expAnywhere(x);
  }
}

/** out[i] = e^x[i] for this thread's share of `N` floats; `out` may be `x`. */
export function exp(x: usize, out: usize, N: i32, thread: i32, threads: i32): void {
  map<Exp>(x, out, N, thread, threads);
}
