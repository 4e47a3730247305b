import { encodeFour, loadFourHalves } from '../lib/f16.as';
import { firstOf } from '../lib/math.as';
import { largestMagnitude } from '../lib/qactivations.as';

const ABSOLUTE: usize = memory.data<u32>([0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff]);
const HALF: usize = memory.data<f32>([0.5, 0.5, 0.5, 0.5]);
const ONE: usize = memory.data<f32>([1.0, 1.0, 1.0, 1.0]);

/** y = kept · round(x · inverse) of `bytes` of floats, a multiple of 16; `away`: ties away from zero. */
// @ts-ignore: decorator
@inline
function roundAll(away: bool, x: usize, y: usize, bytes: usize, kept: f32, inverse: f32): void {
  const d = f32x4.splat(kept);
  const factor = f32x4.splat(inverse);
  for (const end = x + bytes; x < end; x += 16, y += 16) {
    const v = f32x4.mul(v128.load(x), factor);
    if (away) {
      // Not ⌊|v| + 0.5⌋, which takes 0.49999997 to 1: the fraction is exact.
      const magnitude = v128.and(v, v128.load(ABSOLUTE));
      const below = f32x4.floor(magnitude);
      const up = f32x4.ge(f32x4.sub(magnitude, below), v128.load(HALF));
      const whole = f32x4.add(below, v128.and(up, v128.load(ONE)));
      v128.store(y, f32x4.mul(d, v128.or(whole, v128.andnot(v, v128.load(ABSOLUTE)))));
    } else v128.store(y, f32x4.mul(d, f32x4.nearest(v)));
  }
}

/** max|x| of `bytes` of floats, a multiple of 128. */
function largest(x: usize, bytes: usize): f32 {
  let most: f32 = 0;
  for (const end = x + bytes; x < end; x += 128) most = max(most, largestMagnitude(x));
  return most;
}

/**
 * y = d · round(x / d) of `count` shares of `bytes` (a multiple of 128) that have a scale each. `parts` shares of equal length have
 * one together: those of a whole tensor, whose largest magnitude each thread then looks for itself, because waiting for the others
 * takes longer than reading most tensors that are quantised while a model runs.
 */
export function quantize(x: usize, y: usize, bytes: i32, count: i32, parts: i32, thread: i32, threads: i32): void {
  const size = usize(bytes);
  const last = firstOf(count, thread + 1, threads);
  for (let i = firstOf(count, thread, threads); i < last; i++) {
    const at = usize(i) * size;
    const d = (parts > 1 ? largest(x, size * usize(parts)) : largest(x + at, size)) / 127;
    roundAll(false, x + at, y + at, size, d, d == 0 ? 0 : 1 / d);
  }
}

/** The same of blocks of 32 with scales of half precision, ties away from zero. */
export function quantizeQ8_0(x: usize, y: usize, bytes: i32, count: i32, parts: i32, thread: i32, threads: i32): void {
  const last = firstOf(count, thread + 1, threads);
  for (let i = firstOf(count, thread, threads); i < last; i++) {
    const at = usize(i) << 7;
    const d = largestMagnitude(x + at) / 127;
    const inverse: f32 = d == 0 ? 0 : 1 / d;
    // The scale goes through its half in the output's place, which is written right after.
    const code = encodeFour(f32x4.splat(d));
    v128.store(y + at, i16x8.narrow_i32x4_s(code, code));
    const kept = f32x4.extract_lane(loadFourHalves(y + at), 0);
    roundAll(true, x + at, y + at, 128, kept, inverse);
  }
}
