/** What the counts sum to (constants.ts). */
const TOTAL: i32 = 1000000;

const ONE: usize = memory.data<i32>([1, 1, 1, 1]);
/** The indices of the lanes of a first vector, and the step to the next. */
const LANES: usize = memory.data<i32>([0, 1, 2, 3]);
const FOUR: usize = memory.data<i32>([4, 4, 4, 4]);

/** 1 + ⌊p · scale⌋ of four p in [0, 2^31 / scale): exact, the product of a float32 and 20 bits is a float64. */
// @ts-ignore: decorator
@inline
function counts(p: v128, scale: v128): v128 {
  const high = i8x16.shuffle(p, p, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  const a = i32x4.relaxed_trunc_f64x2_s_zero(f64x2.mul(f64x2.promote_low_f32x4(p), scale));
  const b = i32x4.relaxed_trunc_f64x2_s_zero(f64x2.mul(f64x2.promote_low_f32x4(high), scale));
  const both = i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
  return i32x4.add(both, v128.load(ONE));
}

/** The running sum of four lanes. */
// @ts-ignore: decorator
@inline
function scan(c: v128): v128 {
  const zero = i32x4.splat(0);
  const pairs = i32x4.add(c, i8x16.shuffle(zero, c, 0, 1, 2, 3, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27));
  return i32x4.add(
    pairs,
    i8x16.shuffle(zero, pairs, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
  );
}

/** The table of `S` float32 at `p` to S + 1 integers at `out`. One thread: it is a matter of a hundred nanoseconds. */
export function cdf(p: usize, out: usize, S: i32, thread: i32, threads: i32): void {
  const scale = f64x2.splat(<f64>(TOTAL - S));
  store<i32>(out, 0);
  let q = out + 4;
  let most = i32x4.splat(0);
  let largest = i32x4.splat(0);
  let index = v128.load(LANES);
  let carry = i32x4.splat(0);
  const vectorEnd = p + (<usize>(S & ~3) << 2);
  const end = p + (<usize>S << 2);
  for (; p < vectorEnd; p += 16, q += 16) {
    const c = counts(v128.load(p), scale);
    // Greater and not equal: the first of equals in a lane stays.
    const more = i32x4.gt_s(c, most);
    most = i32x4.max_s(c, most);
    largest = v128.bitselect(index, largest, more);
    index = i32x4.add(index, v128.load(FOUR));
    const sums = i32x4.add(scan(c), carry);
    v128.store(q, sums);
    carry = i8x16.shuffle(sums, sums, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15);
  }
  let best = i32x4.extract_lane(most, 0);
  let at = i32x4.extract_lane(largest, 0);
  if (after(i32x4.extract_lane(most, 1), i32x4.extract_lane(largest, 1), best, at)) {
    best = i32x4.extract_lane(most, 1);
    at = i32x4.extract_lane(largest, 1);
  }
  if (after(i32x4.extract_lane(most, 2), i32x4.extract_lane(largest, 2), best, at)) {
    best = i32x4.extract_lane(most, 2);
    at = i32x4.extract_lane(largest, 2);
  }
  if (after(i32x4.extract_lane(most, 3), i32x4.extract_lane(largest, 3), best, at)) {
    best = i32x4.extract_lane(most, 3);
    at = i32x4.extract_lane(largest, 3);
  }
  let sum = i32x4.extract_lane(carry, 0);
  for (let i = S & ~3; p < end; p += 4, q += 4, i++) {
    const count = 1 + <i32>(<f64>load<f32>(p) * f64x2.extract_lane(scale, 0));
    if (count > best) {
      best = count;
      at = i;
    }
    sum += count;
    store<i32>(q, sum);
  }

  const missing = TOTAL - sum;
  const more = i32x4.splat(missing);
  const outEnd = q;
  q = out + 4 + (<usize>at << 2);
  for (; q + 16 <= outEnd; q += 16) v128.store(q, i32x4.add(v128.load(q), more));
  for (; q < outEnd; q += 4) store<i32>(q, load<i32>(q) + missing);
}

/** Is count `a` at index `i` the largest rather than `b` at `j`? */
// @ts-ignore: decorator
@inline
function after(a: i32, i: i32, b: i32, j: i32): bool {
  return a > b || (a == b && i < j);
}
