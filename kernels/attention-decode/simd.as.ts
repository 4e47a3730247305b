import { firstOf } from '../lib/math.as';
import { exp2, LOWEST, soften } from '../lib/softmax.as';

/**
 * Keys of a block, a quarter of each stretch. Long streams are fast ones, and those of the keys stand still while values are read.
 */
const KEYS: i32 = 512;
/** Bytes of a head's scores of a block, and a line, lest the scores of all heads fall into the same sets of a cache. */
const ROW: usize = 4 * KEYS + 64;
/** Threads begin at multiples of so many keys. */
const GRAIN: i32 = 16;
/** A line for the counter of finished threads. */
const HEADER: usize = 64;
const LOG2E: f32 = 1.44269504;

/** Bytes of a head of D floats, filled up to whole vectors. */
// @ts-ignore: decorator
@inline
function headBytes(D: i32): usize {
  return usize((D + 3) & ~3) << 2;
}

/**
 * Bytes of one thread's space: what merging needs, which is sums and state (highest score, sum of weights; 16 bytes) a head; then queries,
 * factors, sums of a block and scores a head, and one row of zeros.
 */
// @ts-ignore: decorator
@inline
function threadBytes(H: i32, G: i32, D: i32): usize {
  return usize(H) * (3 * headBytes(D) + 32 + ROW) + ((usize(G * D) * 4 + 15) & ~15);
}

// @ts-ignore: decorator
@inline
function madd(a: v128, b: v128, c: v128): v128 {
  return f32x4.relaxed_madd(a, b, c);
}

/** Lane i of the result is the sum of the lanes of the i-th argument. */
// @ts-ignore: decorator
@inline
function sumsOf(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(
    i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27),
    i8x16.shuffle(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31),
  );
  const cd = f32x4.add(
    i8x16.shuffle(c, d, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27),
    i8x16.shuffle(c, d, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31),
  );
  return f32x4.add(
    i8x16.shuffle(ab, cd, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
    i8x16.shuffle(ab, cd, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31),
  );
}

/** The products of the last D mod 4 elements, added to one score. */
// @ts-ignore: decorator
@inline
function addTail(tail: usize, q: usize, k: usize, score: usize): void {
  let sum = load<f32>(score);
  for (let i: usize = 0; i < tail; i += 4) sum += load<f32>(q + i) * load<f32>(k + i);
  store<f32>(score, sum);
}

/** Scores of one head with the keys at k0 … k3. Two sums a key: four would leave multiply-adds waiting for each other. */
function scoreOne(D: i32, q: usize, k0: usize, k1: usize, k2: usize, k3: usize, score: usize): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  const end = q + (usize(D & ~7) << 2);
  while (q < end) {
    const x = v128.load(q);
    const y = v128.load(q, 16);
    a0 = madd(x, v128.load(k0), a0);
    b0 = madd(y, v128.load(k0, 16), b0);
    a1 = madd(x, v128.load(k1), a1);
    b1 = madd(y, v128.load(k1, 16), b1);
    a2 = madd(x, v128.load(k2), a2);
    b2 = madd(y, v128.load(k2, 16), b2);
    a3 = madd(x, v128.load(k3), a3);
    b3 = madd(y, v128.load(k3, 16), b3);
    q += 32;
    k0 += 32;
    k1 += 32;
    k2 += 32;
    k3 += 32;
  }
  if (D & 4) {
    const x = v128.load(q);
    a0 = madd(x, v128.load(k0), a0);
    a1 = madd(x, v128.load(k1), a1);
    a2 = madd(x, v128.load(k2), a2);
    a3 = madd(x, v128.load(k3), a3);
    q += 16;
    k0 += 16;
    k1 += 16;
    k2 += 16;
    k3 += 16;
  }
  v128.store(score, sumsOf(f32x4.add(a0, b0), f32x4.add(a1, b1), f32x4.add(a2, b2), f32x4.add(a3, b3)));
  const tail = usize(D & 3) << 2;
  if (tail) {
    addTail(tail, q, k0, score);
    addTail(tail, q, k1, score + 4);
    addTail(tail, q, k2, score + 8);
    addTail(tail, q, k3, score + 12);
  }
}

/** Scores of two heads of a group, `headBytes(D)` apart: the keys are loaded once for both. */
function scoreTwo(D: i32, q: usize, k0: usize, k1: usize, k2: usize, k3: usize, score: usize): void {
  let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  let r = q + headBytes(D);
  const end = q + (usize(D & ~3) << 2);
  while (q < end) {
    const x = v128.load(q);
    const y = v128.load(r);
    let key = v128.load(k0);
    a0 = madd(x, key, a0);
    b0 = madd(y, key, b0);
    key = v128.load(k1);
    a1 = madd(x, key, a1);
    b1 = madd(y, key, b1);
    key = v128.load(k2);
    a2 = madd(x, key, a2);
    b2 = madd(y, key, b2);
    key = v128.load(k3);
    a3 = madd(x, key, a3);
    b3 = madd(y, key, b3);
    q += 16;
    r += 16;
    k0 += 16;
    k1 += 16;
    k2 += 16;
    k3 += 16;
  }
  v128.store(score, sumsOf(a0, a1, a2, a3));
  v128.store(score + ROW, sumsOf(b0, b1, b2, b3));
  const tail = usize(D & 3) << 2;
  if (tail) {
    addTail(tail, q, k0, score);
    addTail(tail, q, k1, score + 4);
    addTail(tail, q, k2, score + 8);
    addTail(tail, q, k3, score + 12);
    addTail(tail, r, k0, score + ROW);
    addTail(tail, r, k1, score + ROW + 4);
    addTail(tail, r, k2, score + ROW + 8);
    addTail(tail, r, k3, score + ROW + 12);
  }
}

/** sums of one head += four weights · the values at v0 … v3. */
function addOne(D: i32, weights: usize, v0: usize, v1: usize, v2: usize, v3: usize, sums: usize): void {
  const w0 = v128.load32_splat(weights);
  const w1 = v128.load32_splat(weights, 4);
  const w2 = v128.load32_splat(weights, 8);
  const w3 = v128.load32_splat(weights, 12);
  const end = sums + (usize(D & ~3) << 2);
  while (sums < end) {
    let a = madd(w0, v128.load(v0), v128.load(sums));
    a = madd(w1, v128.load(v1), a);
    a = madd(w2, v128.load(v2), a);
    v128.store(sums, madd(w3, v128.load(v3), a));
    sums += 16;
    v0 += 16;
    v1 += 16;
    v2 += 16;
    v3 += 16;
  }
  const tail = usize(D & 3) << 2;
  for (let i: usize = 0; i < tail; i += 4) {
    let a = load<f32>(sums + i) + load<f32>(weights) * load<f32>(v0 + i);
    a += load<f32>(weights, 4) * load<f32>(v1 + i);
    a += load<f32>(weights, 8) * load<f32>(v2 + i);
    store<f32>(sums + i, a + load<f32>(weights, 12) * load<f32>(v3 + i));
  }
}

/** The same of two heads of a group; the values are loaded once for both. D is a multiple of 4. */
function addTwo(D: i32, weights: usize, v0: usize, v1: usize, v2: usize, v3: usize, sums: usize): void {
  const w0 = v128.load32_splat(weights);
  const w1 = v128.load32_splat(weights, 4);
  const w2 = v128.load32_splat(weights, 8);
  const w3 = v128.load32_splat(weights, 12);
  weights += ROW;
  const x0 = v128.load32_splat(weights);
  const x1 = v128.load32_splat(weights, 4);
  const x2 = v128.load32_splat(weights, 8);
  const x3 = v128.load32_splat(weights, 12);
  let more = sums + headBytes(D);
  const end = more;
  while (sums < end) {
    let value = v128.load(v0);
    let a = madd(w0, value, v128.load(sums));
    let b = madd(x0, value, v128.load(more));
    value = v128.load(v1);
    a = madd(w1, value, a);
    b = madd(x1, value, b);
    value = v128.load(v2);
    a = madd(w2, value, a);
    b = madd(x2, value, b);
    value = v128.load(v3);
    v128.store(sums, madd(w3, value, a));
    v128.store(more, madd(x3, value, b));
    sums += 16;
    more += 16;
    v0 += 16;
    v1 += 16;
    v2 += 16;
    v3 += 16;
  }
}

/** sums = sums · factor, which stands four times at `factor`, + those of a block, which become 0 for the next. */
// @ts-ignore: decorator
@inline
function addBlock(sums: usize, block: usize, bytes: usize, factor: usize): void {
  const f = v128.load(factor);
  const zero = f32x4.splat(0);
  for (const end = sums + bytes; sums < end; sums += 16, block += 16) {
    v128.store(sums, madd(f, v128.load(sums), v128.load(block)));
    v128.store(block, zero);
  }
}

/** Scores of all heads with the four keys at k0 … k3; those of a head are ROW bytes behind those of the one before. */
function scoreFour(
  H: i32, G: i32, D: i32, queries: usize, k0: usize, k1: usize, k2: usize, k3: usize, score: usize,
): void {
  const head = headBytes(D);
  const group = usize(D) << 2;
  for (const end = queries + usize(H) * head; queries < end; ) {
    let r = H / G;
    for (; r >= 2; r -= 2) {
      scoreTwo(D, queries, k0, k1, k2, k3, score);
      queries += 2 * head;
      score += 2 * ROW;
    }
    if (r) {
      scoreOne(D, queries, k0, k1, k2, k3, score);
      queries += head;
      score += ROW;
    }
    k0 += group;
    k1 += group;
    k2 += group;
    k3 += group;
  }
}

/** Sums of all heads += their weights · the four values at v0 … v3. */
function addFour(
  H: i32, G: i32, D: i32, weights: usize, v0: usize, v1: usize, v2: usize, v3: usize, sums: usize,
): void {
  const head = headBytes(D);
  const group = usize(D) << 2;
  for (const end = sums + usize(H) * head; sums < end; ) {
    let r = H / G;
    if (!(D & 3)) {
      for (; r >= 2; r -= 2) {
        addTwo(D, weights, v0, v1, v2, v3, sums);
        weights += 2 * ROW;
        sums += 2 * head;
      }
    }
    for (; r > 0; r--) {
      addOne(D, weights, v0, v1, v2, v3, sums);
      weights += ROW;
      sums += head;
    }
    v0 += group;
    v1 += group;
    v2 += group;
    v3 += group;
  }
}

/** −Infinity as the score of those, of [j0, end) of each stretch, that are not among the `n` keys. */
function dropMissing(row: usize, j0: i32, end: i32, length: i32, n: i32): void {
  for (let j = j0; j < end; j++) {
    for (let i = 1; i < 4; i++) {
      if (i * length + j >= n) store<f32>(row + (usize(j - j0) << 4) + (usize(i) << 2), -Infinity);
    }
  }
}

/**
 * The keys [from, to) of all heads: what they make of sums and state, at `space`. The keys are cut into four stretches, and one of each is
 * done at a time, for all heads: four long streams through memory, each in the order it lies in, which prefetchers follow.
 */
function attendKeys(
  q: usize, k: usize, v: usize, H: i32, G: i32, D: i32, from: i32, to: i32, space: usize,
): void {
  const head = headBytes(D);
  const states = space + usize(H) * head;
  const queries = states + (usize(H) << 4);
  const factors = queries + usize(H) * head;
  const blocks = factors + (usize(H) << 4);
  const scores = blocks + usize(H) * head;
  const zeros = scores + usize(H) * ROW;
  const group = usize(D) << 2;
  const step = usize(G) * group;

  memory.fill(space, 0, usize(H) * head);
  memory.fill(blocks, 0, usize(H) * head);
  memory.fill(zeros, 0, step);
  const scale: f32 = LOG2E / sqrt<f32>(f32(D));
  for (let h = 0; h < H; h++) {
    store<f32>(states + (usize(h) << 4), LOWEST);
    store<f32>(states + (usize(h) << 4), 0, 4);
    const to = queries + usize(h) * head;
    for (let i: usize = 0; i < group; i += 4) store<f32>(to + i, load<f32>(q + usize(h) * group + i) * scale);
  }

  // Four stretches of equal length; what the last lack counts as keys of zeros with scores of −Infinity.
  const length = (to - from + 3) >> 2;
  const stretch = usize(length) * step;
  const k0 = k + usize(from) * step;
  const v0 = v + usize(from) * step;
  const missing = 4 * length - (to - from);
  for (let j0 = 0; j0 < length; j0 += KEYS >> 2) {
    const end = min(length, j0 + (KEYS >> 2));
    for (let j = j0; j < end; j++) {
      const at = k0 + usize(j) * step;
      const left = to - from - j;
      const at1 = left > length ? at + stretch : zeros;
      const at2 = left > 2 * length ? at + 2 * stretch : zeros;
      const at3 = left > 3 * length ? at + 3 * stretch : zeros;
      scoreFour(H, G, D, queries, at, at1, at2, at3, scores + (usize(j - j0) << 4));
    }

    const bytes = usize(end - j0) << 4;
    const whole = (bytes + 63) & ~63;
    for (let h = 0; h < H; h++) {
      const row = scores + usize(h) * ROW;
      for (let p = row + bytes; p < row + whole; p += 4) store<f32>(p, -Infinity);
      if (end > length - missing) dropMissing(row, j0, end, length, to - from);
      soften(row, whole, factors + (usize(h) << 4), states + (usize(h) << 4));
    }

    for (let j = j0; j < end; j++) {
      const at = v0 + usize(j) * step;
      const left = to - from - j;
      const at1 = left > length ? at + stretch : zeros;
      const at2 = left > 2 * length ? at + 2 * stretch : zeros;
      const at3 = left > 3 * length ? at + 3 * stretch : zeros;
      addFour(H, G, D, scores + (usize(j - j0) << 4), at, at1, at2, at3, blocks);
    }
    // Each block's sums begin at 0: their rounding then grows with the keys of a block and the number of blocks, not with all keys.
    for (let h = 0; h < H; h++)
      addBlock(space + usize(h) * head, blocks + usize(h) * head, head, factors + (usize(h) << 4));
  }
}

/** out[H,D] from the sums and states of `parts` parts, `stride` bytes apart; those of the first part are overwritten. */
function merge(space: usize, stride: usize, parts: i32, out: usize, H: i32, D: i32): void {
  const head = headBytes(D);
  const states = space + usize(H) * head;
  for (let h = 0; h < H; h++) {
    const sums = space + usize(h) * head;
    const state = states + (usize(h) << 4);
    let max = LOWEST;
    for (let p = 0; p < parts; p++) {
      const m = load<f32>(state + usize(p) * stride);
      max = m > max ? m : max;
    }
    let total: f32 = 0;
    for (let p = 0; p < parts; p++) {
      const offset = usize(p) * stride;
      const factor = exp2(f32x4.splat(load<f32>(state + offset) - max));
      total += load<f32>(state + offset, 4) * f32x4.extract_lane(factor, 0);
      for (let i: usize = 0; i < head; i += 16) {
        const part = f32x4.mul(factor, v128.load(sums + offset + i));
        v128.store(sums + i, p == 0 ? part : f32x4.add(v128.load(sums + i), part));
      }
    }
    // No score above −Infinity: no weights either.
    const inverse: f32 = max > LOWEST ? 1 / total : NaN;
    const bytes = usize(D) << 2;
    for (let i: usize = 0; i < bytes; i += 4) store<f32>(out + usize(h) * bytes + i, load<f32>(sums + i) * inverse);
  }
}

/**
 * out[H,D] = attention of the queries q[H,D] over k[S,G,D] and v[S,G,D], row-major float32, nothing aliased. Each thread takes a range of
 * the keys, and the last to finish merges what they have found: nobody waits for another.
 * @param work HEADER and threadBytes(H, G, D) for every thread; its first word is 0
 */
export function attend(
  q: usize, k: usize, v: usize, out: usize, S: i32, H: i32, G: i32, D: i32, work: usize, thread: i32, threads: i32,
): void {
  attendIn(threads, q, k, v, out, S, H, G, D, work, thread, threads);
}

/** The same with keys in `parts` parts, which are shared out: where their number does not hang on that of threads, neither does any bit. */
// @ts-ignore: decorator
@inline
export function attendIn(
  parts: i32, q: usize, k: usize, v: usize, out: usize, S: i32, H: i32, G: i32, D: i32, work: usize, thread: i32, threads: i32,
): void {
  const grains = (S + GRAIN - 1) / GRAIN;
  const spaces = work + HEADER;
  const stride = threadBytes(H, G, D);
  const end = firstOf(parts, thread + 1, threads);
  for (let part = firstOf(parts, thread, threads); part < end; part++) {
    const from = firstOf(grains, part, parts) * GRAIN;
    const to = min(S, firstOf(grains, part + 1, parts) * GRAIN);
    attendKeys(q, k, v, H, G, D, from, to, spaces + usize(part) * stride);
  }
  if (ASC_FEATURE_THREADS) {
    if (atomic.add<i32>(work, 1) != threads - 1) return;
    atomic.store<i32>(work, 0);
  }
  merge(spaces, stride, parts, out, H, D);
}
