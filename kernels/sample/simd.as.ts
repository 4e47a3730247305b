import { exp, sumLanes } from '../lib/math.as';
import { largest } from '../lib/rows.as';

/** Positions in MODES, and the constants (constants.ts). */
const GREEDY: i32 = 0;
const TEMPERATURE: i32 = 1;
const TOP_K: i32 = 2;
const K: i32 = 40;
const P: f64 = 0.95;

/** 1 / temperature, which is exact. */
const INVERSE: usize = memory.data<f32>([1.25, 1.25, 1.25, 1.25]);
/** Below this e^x is denormal and taken as 0. */
const TINY: usize = memory.data<f32>([-87.33654, -87.33654, -87.33654, -87.33654]);

/** Tokens whose weights are summed in float32 and drawn from as a whole. */
const BLOCK: i32 = 1024;

/** e^((x − max) / temperature), or 0 where that is denormal. */
// @ts-ignore: decorator
@inline
function weightOf(x: v128, max: v128): v128 {
  const d = f32x4.mul(f32x4.sub(x, max), v128.load(INVERSE));
  return v128.andnot(exp(d), f32x4.lt(d, v128.load(TINY)));
}

/** The first token whose logit is `value`, which is there. */
function find(x: usize, S: i32, value: f32): i32 {
  const start = x;
  const blockEnd = x + (<usize>(S & ~15) << 2);
  const v = f32x4.splat(value);
  for (; x < blockEnd; x += 64) {
    const a = v128.or(f32x4.eq(v128.load(x), v), f32x4.eq(v128.load(x, 16), v));
    const b = v128.or(f32x4.eq(v128.load(x, 32), v), f32x4.eq(v128.load(x, 48), v));
    if (v128.any_true(v128.or(a, b))) break;
  }
  while (load<f32>(x) != value) x += 4;
  return <i32>((x - start) >> 2);
}

/** Weights of `S` logits to `weights`, and their sum by blocks to `sums`; returns the whole. */
function weigh(x: usize, weights: usize, sums: usize, S: i32, max: f32): f64 {
  const shift = f32x4.splat(max);
  const delta = weights - x;
  const end = x + (<usize>S << 2);
  const vectorEnd = x + (<usize>(S & ~15) << 2);
  let total: f64 = 0;
  while (x < end) {
    const stop = min(x + (BLOCK << 2), vectorEnd);
    const blockEnd = min(x + (BLOCK << 2), end);
    let four = f32x4.splat(0);
    for (; x < stop; x += 64) {
      const w0 = weightOf(v128.load(x), shift);
      const w1 = weightOf(v128.load(x, 16), shift);
      const w2 = weightOf(v128.load(x, 32), shift);
      const w3 = weightOf(v128.load(x, 48), shift);
      // One vector of sums, and before the stores, as in lib/softmax.as.ts.
      four = f32x4.add(four, f32x4.add(f32x4.add(w0, w1), f32x4.add(w2, w3)));
      v128.store(x + delta, w0);
      v128.store(x + delta, w1, 16);
      v128.store(x + delta, w2, 32);
      v128.store(x + delta, w3, 48);
    }
    let sum = <f64>sumLanes(four);
    for (; x < blockEnd; x += 4) {
      const w = f32x4.extract_lane(weightOf(v128.load32_splat(x), shift), 0);
      store<f32>(x + delta, w);
      sum += <f64>w;
    }
    store<f64>(sums, sum);
    sums += 8;
    total += sum;
  }
  return total;
}

/** The first token whose running sum is above the target; where rounding leaves none, the last with a weight. */
function drawAll(weights: usize, sums: usize, S: i32, target: f64): i32 {
  let sum: f64 = 0;
  let i = 0;
  for (; i < S; i += BLOCK, sums += 8) {
    const next = sum + load<f64>(sums);
    if (next > target) break;
    sum = next;
  }
  for (; i < S; i++) {
    sum += <f64>load<f32>(weights + (<usize>i << 2));
    if (sum > target) return i;
  }
  i = S - 1;
  while (load<f32>(weights + (<usize>i << 2)) == 0) i--;
  return i;
}

/** The place in the list, not the token, of `n` weights that stand in the order of their tokens. */
function drawListed(weights: usize, n: i32, u: f64): i32 {
  let total: f64 = 0;
  for (let k = 0; k < n; k++) total += <f64>load<f32>(weights + (<usize>k << 2));
  const target = u * total;
  let sum: f64 = 0;
  let last = 0;
  for (let k = 0; k < n; k++) {
    const w = <f64>load<f32>(weights + (<usize>k << 2));
    sum += w;
    if (w > 0) last = k;
    if (sum > target) return k;
  }
  return last;
}

/** Puts token `i` among the `n` most likely, whose logits fall; of equals the earlier stays in front. */
// @ts-ignore: decorator
@inline
function insert(values: usize, tokens: usize, n: i32, i: i32, value: f32): void {
  let at = <usize>n << 2;
  for (; at > 0 && load<f32>(values + at - 4) < value; at -= 4) {
    store<f32>(values + at, load<f32>(values + at - 4));
    store<i32>(tokens + at, load<i32>(tokens + at - 4));
  }
  store<f32>(values + at, value);
  store<i32>(tokens + at, i);
}

/** The K most likely, their logits falling, to `values` and `tokens`; returns how many there are. */
function mostLikely(x: usize, values: usize, tokens: usize, S: i32): i32 {
  const n = min(K, S);
  let i = 0;
  for (; i < n; i++) insert(values, tokens, i, i, load<f32>(x + (<usize>i << 2)));
  const lowest = values + (<usize>(n - 1) << 2);
  let bar = v128.load32_splat(lowest);
  for (; i + 16 <= S; i += 16) {
    const p = x + (<usize>i << 2);
    const a = v128.or(f32x4.gt(v128.load(p), bar), f32x4.gt(v128.load(p, 16), bar));
    const b = v128.or(f32x4.gt(v128.load(p, 32), bar), f32x4.gt(v128.load(p, 48), bar));
    if (v128.any_true(v128.or(a, b))) {
      for (let k = 0; k < 16; k++) {
        const value = load<f32>(p + (<usize>k << 2));
        if (value > load<f32>(lowest)) insert(values, tokens, n - 1, i + k, value);
      }
      bar = v128.load32_splat(lowest);
    }
  }
  for (; i < S; i++) {
    const value = load<f32>(x + (<usize>i << 2));
    if (value > load<f32>(lowest)) insert(values, tokens, n - 1, i, value);
  }
  return n;
}

/** Draws from `n` tokens, whose logits stand in `values`, in the order of their numbers. */
function drawMostLikely(values: usize, tokens: usize, n: i32, max: f32, u: f64): i32 {
  for (let k = 1; k < n; k++) {
    const token = load<i32>(tokens + (<usize>k << 2));
    const value = load<f32>(values + (<usize>k << 2));
    let at = <usize>k << 2;
    for (; at > 0 && load<i32>(tokens + at - 4) > token; at -= 4) {
      store<i32>(tokens + at, load<i32>(tokens + at - 4));
      store<f32>(values + at, load<f32>(values + at - 4));
    }
    store<i32>(tokens + at, token);
    store<f32>(values + at, value);
  }
  const shift = f32x4.splat(max);
  for (let k = 0; k < n; k++) {
    const p = values + (<usize>k << 2);
    store<f32>(p, f32x4.extract_lane(weightOf(v128.load32_splat(p), shift), 0));
  }
  return load<i32>(tokens + (<usize>drawListed(values, n, u) << 2));
}

// @ts-ignore: decorator
@inline
function logitOf(x: usize, token: i32): f32 {
  return load<f32>(x + (<usize>token << 2));
}

/** As `tokenAt` of select.ts: the token at which the weights, from the most likely on, reach `need`. */
function tokenAt(list: usize, n: i32, x: usize, weights: usize, need: f64): i32 {
  let from = list;
  let to = list + (<usize>n << 2);
  let end = load<i32>(to - 4);
  while (to - from > 4) {
    const pivot = load<i32>(from + (((to - from) >> 3) << 2));
    const bar = logitOf(x, pivot);
    let i = from;
    let k = to - 4;
    let sum: f64 = 0;
    while (i <= k) {
      const token = load<i32>(i);
      const logit = logitOf(x, token);
      if (logit > bar || (logit == bar && token <= pivot)) {
        sum += <f64>load<f32>(weights + (<usize>token << 2));
        i += 4;
      } else {
        store<i32>(i, load<i32>(k));
        store<i32>(k, token);
        k -= 4;
      }
    }
    if (sum >= need) {
      if (i == to) {
        let at = from;
        while (load<i32>(at) != pivot) at += 4;
        store<i32>(at, load<i32>(to - 4));
        to -= 4;
        store<i32>(to, pivot);
        if (sum - <f64>load<f32>(weights + (<usize>pivot << 2)) < need) return pivot;
      } else {
        to = i;
        end = pivot;
      }
    } else {
      need -= sum;
      from = i;
    }
  }
  return from < to ? load<i32>(from) : end;
}

/** The bytes that move the lanes of a mask of four to the front. */
const COMPRESS: usize = memory.data<u8>([
  0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3,
  0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3,
  4, 5, 6, 7, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3,
  0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 0, 1, 2, 3,
  8, 9, 10, 11, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3,
  0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 0, 1, 2, 3,
  4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 0, 1, 2, 3,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3,
  12, 13, 14, 15, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3,
  0, 1, 2, 3, 12, 13, 14, 15, 0, 1, 2, 3, 0, 1, 2, 3,
  4, 5, 6, 7, 12, 13, 14, 15, 0, 1, 2, 3, 0, 1, 2, 3,
  0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15, 0, 1, 2, 3,
  8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 0, 1, 2, 3,
  0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3,
  4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
]);
const LANES: usize = memory.data<i32>([0, 1, 2, 3]);
const FOUR: usize = memory.data<i32>([4, 4, 4, 4]);

/** The tokens with a weight of at least `least`, in ascending order, to `kept`; returns how many. */
function candidates(weights: usize, kept: usize, S: i32, least: f32): i32 {
  const bar = f32x4.splat(least);
  const start = kept;
  let token = v128.load(LANES);
  let i = 0;
  for (; i + 4 <= S; i += 4, weights += 16) {
    const mask = i32x4.bitmask(f32x4.ge(v128.load(weights), bar));
    // No more tokens are kept than were seen, so that four fit.
    v128.store(kept, i8x16.swizzle(token, v128.load(COMPRESS + (<usize>mask << 4))));
    kept += <usize>popcnt(mask) << 2;
    token = i32x4.add(token, v128.load(FOUR));
  }
  for (; i < S; i++, weights += 4) {
    if (load<f32>(weights) >= least) {
      store<i32>(kept, i);
      kept += 4;
    }
  }
  return <i32>((kept - start) >> 2);
}

/** Buckets of tokens by how far their logit is below the largest, 32 a unit; what weighs enough is within 14 of it. */
const BUCKETS: i32 = 512;

// @ts-ignore: decorator
@inline
function bucketOf(x: usize, token: i32, max: f32): i32 {
  return min(<i32>((max - logitOf(x, token)) * 32), BUCKETS - 1);
}

function sampleTopP(
  x: usize,
  weights: usize,
  buckets: usize,
  list: usize,
  kept: usize,
  S: i32,
  max: f32,
  total: f64,
  u: f64,
): i32 {
  // What has less cannot be among the most likely with a share of P: see `candidates` in draw.ts.
  const n = candidates(weights, kept, S, <f32>(((1 - P) * total) / <f64>S));
  memory.fill(buckets, 0, BUCKETS << 3);
  for (let k = 0; k < n; k++) {
    const token = load<i32>(kept + (<usize>k << 2));
    const bucket = buckets + (<usize>bucketOf(x, token, max) << 3);
    store<f64>(bucket, load<f64>(bucket) + <f64>load<f32>(weights + (<usize>token << 2)));
  }
  let need = P * total;
  let b = 0;
  for (; b < BUCKETS - 1 && load<f64>(buckets + (<usize>b << 3)) < need; b++)
    need -= load<f64>(buckets + (<usize>b << 3));
  // Rounding may ask for a little more than there is.
  while (load<f64>(buckets + (<usize>b << 3)) == 0) b--;
  let inBucket: usize = 0;
  for (let k = 0; k < n; k++) {
    const token = load<i32>(kept + (<usize>k << 2));
    store<i32>(list + (inBucket << 2), token);
    inBucket += usize(bucketOf(x, token, max) == b);
  }
  const last = tokenAt(list, <i32>inBucket, x, weights, need);
  const bar = logitOf(x, last);
  // The tokens that are kept go to the front of `list`, which is done with, and their weights to the front of `weights`: tokens come
  // in ascending order, so that no weight is overwritten before it is read.
  let m: usize = 0;
  for (let k = 0; k < n; k++) {
    const token = load<i32>(kept + (<usize>k << 2));
    const logit = logitOf(x, token);
    store<i32>(list + m, token);
    store<f32>(weights + m, load<f32>(weights + (<usize>token << 2)));
    m += usize(logit > bar || (logit == bar && token <= last)) << 2;
  }
  return load<i32>(list + (<usize>drawListed(weights, <i32>(m >> 2), u) << 2));
}

/** The token for each of `R` rows of `S` logits; scratch: S weights, a float64 for each block and each bucket, two lists of S integers. */
export function sample(
  x: usize,
  uniform: usize,
  out: usize,
  weights: usize,
  sums: usize,
  buckets: usize,
  list: usize,
  kept: usize,
  R: i32,
  S: i32,
  mode: i32,
  thread: i32,
  threads: i32,
): void {
  for (let r = 0; r < R; r++) {
    const u = load<f64>(uniform + (<usize>r << 3));
    const max = largest(x, x + (<usize>S << 2));
    let token: i32;
    if (mode == GREEDY) token = find(x, S, max);
    else if (mode == TOP_K) token = drawMostLikely(weights, kept, mostLikely(x, weights, kept, S), max, u);
    else {
      const total = weigh(x, weights, sums, S, max);
      if (mode == TEMPERATURE) token = drawAll(weights, sums, S, u * total);
      else token = sampleTopP(x, weights, buckets, list, kept, S, max, total, u);
    }
    store<i32>(out + (<usize>r << 2), token);
    x += <usize>S << 2;
  }
}
