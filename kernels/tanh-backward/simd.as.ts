import { tanh } from '../lib/activations.as';
import { zip } from '../lib/elementwise.as';

const ONE: usize = memory.data<f32>([1.0, 1.0, 1.0, 1.0]);

class Backward {
  // @ts-ignore: decorator
  @inline
  of(x: v128, g: v128): v128 {
    const t = tanh(x);
    return f32x4.mul(g, f32x4.relaxed_nmadd(t, t, v128.load(ONE)));
  }
}

/** dx[i] = g[i] · f′(x[i]) for this thread's share of `N` floats; `dx` may be `x` or `g`. */
export function tanhBackward(x: usize, g: usize, dx: usize, N: i32, thread: i32, threads: i32): void {
  zip<Backward>(x, g, dx, N, thread, threads);
}
