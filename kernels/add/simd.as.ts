import { zip } from '../lib/elementwise.as';

class Add {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}

/** out[i] = a[i] + b[i] for this thread's share of `N` floats; `out` may be `a` or `b`. */
export function add(a: usize, b: usize, out: usize, N: i32, thread: i32, threads: i32): void {
  zip<Add>(a, b, out, N, thread, threads);
}
