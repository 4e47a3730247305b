import { tanh as vector } from '../lib/activations.as';
import { map } from '../lib/elementwise.as';

class Tanh {
  // @ts-ignore: decorator
  @inline
  of(x: v128): v128 {
    return vector(x);
  }
}

/** out[i] = tanh(x[i]) for this thread's share of `N` floats; `out` may be `x`. */
export function tanh(x: usize, out: usize, N: i32, thread: i32, threads: i32): void {
  map<Tanh>(x, out, N, thread, threads);
}
