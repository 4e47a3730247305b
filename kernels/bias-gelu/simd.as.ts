import { gelu } from '../lib/activations.as';
import { map, zip } from '../lib/elementwise.as';
import { firstOf } from '../lib/math.as';

class BiasGelu {
  // @ts-ignore: decorator
  @inline
  of(x: v128, bias: v128): v128 {
    return gelu(f32x4.add(x, bias));
  }
}

/** out = gelu(x + bias) for this thread's share of `R` rows of `C` floats; `out` may be `x`. */
export function biasGelu(x: usize, bias: usize, out: usize, R: i32, C: i32, thread: i32, threads: i32): void {
  const to = firstOf(R, thread + 1, threads);
  for (let row = firstOf(R, thread, threads); row < to; row++) {
    const at = (usize(row) * usize(C)) << 2;
    zip<BiasGelu>(x + at, bias, out + at, C, 0, 1);
  }
}

class Add {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}

class Gelu {
  // @ts-ignore: decorator
  @inline
  of(x: v128): v128 {
    return gelu(x);
  }
}

/** The same as two functions do it. One thread: the second pass would have to wait for the first of all others. */
export function twoPass(x: usize, bias: usize, out: usize, R: i32, C: i32, _thread: i32, _threads: i32): void {
  for (let row = 0; row < R; row++) {
    const at = (usize(row) * usize(C)) << 2;
    zip<Add>(x + at, bias, out + at, C, 0, 1);
  }
  map<Gelu>(out, out, R * C, 0, 1);
}
