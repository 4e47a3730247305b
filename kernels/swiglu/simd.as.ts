import { silu } from '../lib/activations.as';
import { map, zip } from '../lib/elementwise.as';

class Swiglu {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128): v128 {
    return f32x4.mul(silu(a), b);
  }
}

/** out[i] = silu(a[i]) · b[i] for this thread's share of `N` floats; `out` may be `a` or `b`. */
export function swiglu(a: usize, b: usize, out: usize, N: i32, thread: i32, threads: i32): void {
  zip<Swiglu>(a, b, out, N, thread, threads);
}

class Silu {
  // @ts-ignore: decorator
  @inline
  of(x: v128): v128 {
    return silu(x);
  }
}

class Product {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
}

/** The same as two functions do it; `out` may be `a`. */
export function twoPass(a: usize, b: usize, out: usize, N: i32, thread: i32, threads: i32): void {
  map<Silu>(a, out, N, thread, threads);
  zip<Product>(out, b, out, N, thread, threads);
}
