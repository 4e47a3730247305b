/**
 * The exponentials of softmax (AssemblyScript), and its online form of attention over blocks of keys, in powers of 2: whoever computes
 * the scores multiplies the queries with log2 e. Why constants lie in memory, see math.as.ts.
 */
import { largestLane, sumLanes } from './math.as';

/** What a row's highest score is before any: finite, as −∞ − −∞ would be NaN where a first block holds nothing else. */
export const LOWEST: f32 = -3.4028234e38;

const EXP2: usize = memory.data<f32>([
  -127.0, -127.0, -127.0, -127.0, //               0 below, and down from -126.5, the result is 0
  12582912.0, 12582912.0, 12582912.0, 12582912.0, // 16 1.5 · 2^23: adding it rounds to an integer
  0.0013264727, 0.0013264727, 0.0013264727, 0.0013264727, //   32 c5
  0.009671513, 0.009671513, 0.009671513, 0.009671513, //       48 c4
  0.055507336, 0.055507336, 0.055507336, 0.055507336, //       64 c3
  0.24022242, 0.24022242, 0.24022242, 0.24022242, //           80 c2
  0.693147, 0.693147, 0.693147, 0.693147, //                   96 c1
  1.0, 1.0, 1.0, 1.0, //                                      112 c0
  1.44269504, 1.44269504, 1.44269504, 1.44269504, //          128 log2 e
]);

/**
 * 2^x up to 127; 0 below −126.5, NaN for NaN. Relative error below 1.7e-7 down to −126: a polynomial of degree 5
 * (least relative error on ±1/2 with c0 = 1, by Lawson's reweighted least squares: 9.1e-8 before rounding), as every weight of a softmax
 * is divided by their sum, which is off by as much. The integer part of x is found by adding 1.5 · 2^23, and what is left is
 * exact: no second step of range reduction, as e^x needs.
 */
// @ts-ignore: decorator
@inline
export function exp2(input: v128): v128 {
  // pmax keeps a NaN in its first operand and is one instruction, unlike max.
  const x = f32x4.pmax(input, v128.load(EXP2));
  const t = f32x4.add(x, v128.load(EXP2, 16));
  const r = f32x4.sub(x, f32x4.sub(t, v128.load(EXP2, 16)));
  let p = f32x4.relaxed_madd(v128.load(EXP2, 32), r, v128.load(EXP2, 48));
  p = f32x4.relaxed_madd(p, r, v128.load(EXP2, 64));
  p = f32x4.relaxed_madd(p, r, v128.load(EXP2, 80));
  p = f32x4.relaxed_madd(p, r, v128.load(EXP2, 96));
  p = f32x4.relaxed_madd(p, r, v128.load(EXP2, 112));
  // The integer stands in the low bits of t; moved into the exponent field, plus the bits of 1.0, it is 2^n, and 0 for n = −127.
  return f32x4.mul(p, i32x4.add(i32x4.shl(t, 23), v128.load(EXP2, 112)));
}

/**
 * e^(x − max): one step of range reduction and a degree less than `exp` of math.as.ts takes, for the rounding of one product more, by as
 * much as that of x − max.
 */
// @ts-ignore: decorator
@inline
export function expBelow(x: v128, max: v128): v128 {
  return exp2(f32x4.mul(f32x4.sub(x, max), v128.load(EXP2, 128)));
}

/**
 * Bytes of a row that are summed in float32 before the sum goes on in float64: 64 additions a lane. A logit row of 49152 in
 * one float32 sum erred by up to 2.3e-6.
 */
export const CHUNK: usize = 4096;

/** e^(x − max) of the floats of [start, end), stored `delta` bytes behind each: their sum. */
// @ts-ignore: decorator
@inline
export function exponentials(start: usize, end: usize, delta: usize, max: f32): f64 {
  const shift = f32x4.splat(max);
  const blockEnd = start + ((end - start) & ~63);
  let sum: f64 = 0;
  let p = start;
  while (p < blockEnd) {
    const chunkEnd = min(p + CHUNK, blockEnd);
    let total = f32x4.splat(0);
    for (; p < chunkEnd; p += 64) {
      const e0 = expBelow(v128.load(p), shift);
      const e1 = expBelow(v128.load(p, 16), shift);
      const e2 = expBelow(v128.load(p, 32), shift);
      const e3 = expBelow(v128.load(p, 48), shift);
      // One vector of sums, since four leave no registers to the constants; before the stores, which the compiler (Binaryen) does
      // not move loads across: it would compute the later vectors half, and spill them.
      total = f32x4.add(total, f32x4.add(f32x4.add(e0, e1), f32x4.add(e2, e3)));
      v128.store(p + delta, e0);
      v128.store(p + delta, e1, 16);
      v128.store(p + delta, e2, 32);
      v128.store(p + delta, e3, 48);
    }
    sum += <f64>sumLanes(total);
  }
  for (; p + 16 <= end; p += 16) {
    const e = expBelow(v128.load(p), shift);
    v128.store(p + delta, e);
    sum += <f64>sumLanes(e);
  }
  for (; p < end; p += 4) {
    const e = f32x4.extract_lane(expBelow(v128.load32_splat(p), shift), 0);
    store<f32>(p + delta, e);
    sum += <f64>e;
  }
  return sum;
}

/** The floats of [start, end) times `factor`. */
// @ts-ignore: decorator
@inline
export function scale(start: usize, end: usize, factor: f32): void {
  const f = f32x4.splat(factor);
  let p = start;
  for (; p + 64 <= end; p += 64) {
    v128.store(p, f32x4.mul(v128.load(p), f));
    v128.store(p, f32x4.mul(v128.load(p, 16), f), 16);
    v128.store(p, f32x4.mul(v128.load(p, 32), f), 32);
    v128.store(p, f32x4.mul(v128.load(p, 48), f), 48);
  }
  for (; p < end; p += 4) store<f32>(p, load<f32>(p) * factor);
}

/**
 * One step of the online softmax (Milakov & Gimelshein 2018) of one row, whose scores are in units of ln 2: `bytes` (a multiple of 64) of
 * scores become weights. `state` holds the highest score so far and the sum of the weights relative to it; `factor` gets, four times, what
 * everything summed before must be multiplied with.
 */
export function soften(scores: usize, bytes: usize, factor: usize, state: usize): void {
  const end = scores + bytes;
  const before = load<f32>(state);
  let m0 = f32x4.splat(before), m1 = m0, m2 = m0, m3 = m0;
  for (let p = scores; p < end; p += 64) {
    // pmax: a NaN is passed over here and comes back as NaN − max below.
    m0 = f32x4.pmax(m0, v128.load(p));
    m1 = f32x4.pmax(m1, v128.load(p, 16));
    m2 = f32x4.pmax(m2, v128.load(p, 32));
    m3 = f32x4.pmax(m3, v128.load(p, 48));
  }
  m0 = largestLane(f32x4.pmax(f32x4.pmax(m0, m1), f32x4.pmax(m2, m3)));
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (let p = scores; p < end; p += 64) {
    const e0 = exp2(f32x4.sub(v128.load(p), m0));
    v128.store(p, e0);
    s0 = f32x4.add(s0, e0);
    const e1 = exp2(f32x4.sub(v128.load(p, 16), m0));
    v128.store(p, e1, 16);
    s1 = f32x4.add(s1, e1);
    const e2 = exp2(f32x4.sub(v128.load(p, 32), m0));
    v128.store(p, e2, 32);
    s2 = f32x4.add(s2, e2);
    const e3 = exp2(f32x4.sub(v128.load(p, 48), m0));
    v128.store(p, e3, 48);
    s3 = f32x4.add(s3, e3);
  }
  const scale = exp2(f32x4.sub(f32x4.splat(before), m0));
  v128.store(factor, scale);
  store<f32>(state, f32x4.extract_lane(m0, 0));
  const sum = sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  store<f32>(state, load<f32>(state, 4) * f32x4.extract_lane(scale, 0) + sum, 4);
}
