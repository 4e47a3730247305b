/**
 * A GPT-2 that generates (AssemblyScript), made of the loops that the kernels' variants `simd` are: on every thread, one call is the pass of one
 * step, or a whole generation. All that it works on is named by a {@link Plan}, which simd.ts writes.
 *
 * Threads share the columns of each product and meet at a {@link barrier} where one needs what all have computed. What is cheap each
 * computes for itself: the norm of one token, the largest logit.
 */
import { attention } from '../../kernels/attention/simd.as';
import { attend } from '../../kernels/attention-decode/simd.as';
import { gelu } from '../../kernels/gelu/simd.as';
import { layernorm } from '../../kernels/layernorm/simd.as';
import { barrier } from '../../kernels/lib/barrier.as';
import { zip } from '../../kernels/lib/elementwise.as';
import { gemm } from '../../kernels/lib/gemm.as';
import { Fused } from '../../kernels/lib/madd.as';
import { firstOf } from '../../kernels/lib/math.as';
import { GEMM_BYTES } from '../../kernels/lib/tiled.as';

/** Added to the variance: kernels/layernorm/constants.ts. */
const EPSILON: f64 = 1e-5;

/** Words in the order of `PLAN` in plan.ts. */
@unmanaged
class Plan {
  layers: i32;
  width: i32;
  heads: i32;
  vocabulary: i32;
  /** Sequences that are generated side by side. */
  batch: i32;
  /** Positions of a sequence in the cache. */
  capacity: i32;
  /** Tokens that are generated for each. */
  steps: i32;
  /** That the next call of {@link pass} does; the first is that of the prompt. */
  step: i32;
  /** `[batch]`: tokens of each prompt. */
  lengths: usize;
  /** `[batch, capacity + 1]`: each prompt, and behind it each token that was chosen. */
  tokens: usize;
  /** `[steps, batch, vocabulary]` */
  logits: usize;
  /** See barrier.as.ts. */
  gate: usize;
  wte: usize;
  wpe: usize;
  lnfWeight: usize;
  lnfBias: usize;
  head: usize;
  /** `[rows, width]`, rows being those of the longest prompt, or all sequences: the residual stream. */
  x: usize;
  /** `[rows or threads, width]` */
  normed: usize;
  /** `[rows, 3 · width]` */
  qkv: usize;
  q: usize;
  attended: usize;
  /** `[rows, 4 · width]` */
  inner: usize;
  /** Of one token over its keys by all threads; then of each thread for itself, so many bytes apart. */
  attendWork: usize;
  ownAttendWork: usize;
  ownAttendBytes: i32;
  attentionWork: usize;
  /** GEMM_BYTES for every thread. */
  productWork: usize;
}
const PLAN_BYTES: usize = 112;

/** Words in the order of `LAYER` in plan.ts; matrices are transposed, `[inputs, outputs]`. */
@unmanaged
class Layer {
  ln1Weight: usize;
  ln1Bias: usize;
  ln2Weight: usize;
  ln2Bias: usize;
  qkv: usize;
  qkvBias: usize;
  proj: usize;
  projBias: usize;
  fc: usize;
  fcBias: usize;
  down: usize;
  downBias: usize;
  /** `[batch, capacity, width]` */
  keys: usize;
  values: usize;
}
const LAYER_BYTES: usize = 56;

class Sum {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}

/** The first of this thread's columns: whole cache lines, so that no two threads write to one. */
// @ts-ignore: decorator
@inline
function firstColumn(N: i32, thread: i32, threads: i32): i32 {
  return min(N, firstOf((N + 15) >> 4, thread, threads) << 4);
}

/**
 * y[M,N] = x[M,K] · w[K,N] + bias for this thread's columns; with `add`, that is added to what y holds. The sums begin with the bias, or
 * with the residual stream: nothing is left to add behind them.
 */
function product(
  plan: Plan, x: usize, w: usize, bias: usize, y: usize, M: i32, N: i32, K: i32, add: bool, thread: i32, threads: i32,
): void {
  const from = firstColumn(N, thread, threads);
  const count = firstColumn(N, thread + 1, threads) - from;
  if (count <= 0) return;
  const offset = usize(from) << 2;
  const rowBytes = usize(N) << 2;
  if (bias) {
    for (let m = 0; m < M; m++) {
      const row = y + usize(m) * rowBytes + offset;
      if (add) zip<Sum>(row, bias + offset, row, count, 0, 1);
      else memory.copy(row, bias + offset, usize(count) << 2);
    }
  }
  const work = plan.productWork + usize(thread) * GEMM_BYTES;
  gemm<Fused>(x, usize(K) << 2, w + offset, rowBytes, y + offset, rowBytes, M, count, K, bias != 0, work);
}

/** x = gelu(x) for this thread's columns of x[M,N]. */
function activate(x: usize, M: i32, N: i32, thread: i32, threads: i32): void {
  const from = firstColumn(N, thread, threads);
  const count = firstColumn(N, thread + 1, threads) - from;
  for (let m = 0; m < M; m++) {
    const row = x + (usize(m * N + from) << 2);
    gelu(row, row, count, 0, 1);
  }
}

/** `M` rows normalised: of one token by each thread for itself, of several together. Where they are. */
// @ts-ignore: decorator
@inline
function normalised(plan: Plan, x: usize, w: usize, b: usize, M: i32, thread: i32, threads: i32): usize {
  if (M == 1) {
    const own = plan.normed + (usize(thread * plan.width) << 2);
    layernorm(x, w, b, own, 1, plan.width, EPSILON, 0, 1);
    return own;
  }
  layernorm(x, w, b, plan.normed, M, plan.width, EPSILON, thread, threads);
  barrier(plan.gate, threads);
  return plan.normed;
}

/** Key and value of a row of `qkv`, to their places. */
// @ts-ignore: decorator
@inline
function cacheRow(row: usize, key: usize, value: usize, bytes: usize): void {
  memory.copy(key, row + bytes, bytes);
  memory.copy(value, row + 2 * bytes, bytes);
}

/** Of the `M` tokens of a prompt, the queries to where attention reads them, keys and values to the cache; this thread's share. */
function spread(plan: Plan, keys: usize, values: usize, M: i32, thread: i32, threads: i32): void {
  const bytes = usize(plan.width) << 2;
  const to = firstOf(M, thread + 1, threads);
  for (let m = firstOf(M, thread, threads); m < to; m++) {
    const row = plan.qkv + usize(m) * 3 * bytes;
    const at = usize(m) * bytes;
    memory.copy(plan.q + at, row, bytes);
    cacheRow(row, keys + at, values + at, bytes);
  }
}

// @ts-ignore: decorator
@inline
function lengthOf(plan: Plan, sequence: i32): i32 {
  return load<i32>(plan.lengths + (usize(sequence) << 2));
}

/** What comes behind attention in a layer, for `M` rows of the residual stream at `x`. */
function mlp(plan: Plan, layer: Layer, x: usize, M: i32, thread: i32, threads: i32): void {
  const width = plan.width;
  product(plan, plan.attended, layer.proj, layer.projBias, x, M, width, width, true, thread, threads);
  barrier(plan.gate, threads);
  const normed = normalised(plan, x, layer.ln2Weight, layer.ln2Bias, M, thread, threads);
  product(plan, normed, layer.fc, layer.fcBias, plan.inner, M, 4 * width, width, false, thread, threads);
  activate(plan.inner, M, 4 * width, thread, threads);
  barrier(plan.gate, threads);
  product(plan, plan.inner, layer.down, layer.downBias, x, M, width, 4 * width, true, thread, threads);
  barrier(plan.gate, threads);
}

/** Norm and queries, keys and values of `M` rows, to `qkv`. */
function project(plan: Plan, layer: Layer, x: usize, M: i32, thread: i32, threads: i32): void {
  const normed = normalised(plan, x, layer.ln1Weight, layer.ln1Bias, M, thread, threads);
  product(plan, normed, layer.qkv, layer.qkvBias, plan.qkv, M, 3 * plan.width, plan.width, false, thread, threads);
  barrier(plan.gate, threads);
}

/** The residual stream begins with the embeddings of a token and of its position. */
function embed(plan: Plan, row: i32, sequence: i32, position: i32): void {
  const rowBytes = usize(plan.width) << 2;
  const token = load<i32>(plan.tokens + (usize(sequence * (plan.capacity + 1) + position) << 2));
  zip<Sum>(
    plan.wte + usize(token) * rowBytes, plan.wpe + usize(position) * rowBytes, plan.x + usize(row) * rowBytes,
    plan.width, 0, 1,
  );
}

/** The logits behind `M` rows of the residual stream at `x`. */
function head(plan: Plan, x: usize, out: usize, M: i32, thread: i32, threads: i32): void {
  const normed = normalised(plan, x, plan.lnfWeight, plan.lnfBias, M, thread, threads);
  product(plan, normed, plan.head, 0, out, M, plan.vocabulary, plan.width, false, thread, threads);
  barrier(plan.gate, threads);
}

// @ts-ignore: decorator
@inline
function layerOf(plan: Plan, l: i32): Layer {
  return changetype<Layer>(changetype<usize>(plan) + PLAN_BYTES + usize(l) * LAYER_BYTES);
}

/** The prompt of one sequence, all tokens at once. */
function prefill(plan: Plan, sequence: i32, thread: i32, threads: i32): void {
  const width = plan.width, heads = plan.heads, size = plan.width / plan.heads;
  const rowBytes = usize(width) << 2;
  const inCache = usize(sequence * plan.capacity) * rowBytes;
  const length = lengthOf(plan, sequence);
  const to = firstOf(length, thread + 1, threads);
  for (let t = firstOf(length, thread, threads); t < to; t++) embed(plan, t, sequence, t);
  barrier(plan.gate, threads);
  let x = plan.x;
  let q = plan.q;
  let count = length;
  for (let l = 0; l < plan.layers; l++) {
    const layer = layerOf(plan, l);
    const keys = layer.keys + inCache, values = layer.values + inCache;
    project(plan, layer, x, length, thread, threads);
    spread(plan, keys, values, length, thread, threads);
    barrier(plan.gate, threads);
    if (l == plan.layers - 1) {
      // Of the last layer, all but the last token are needed for their keys and values alone.
      q += usize(length - 1) * rowBytes;
      x += usize(length - 1) * rowBytes;
      count = 1;
    }
    if (count == 1) attend(q, keys, values, plan.attended, length, heads, heads, size, plan.attendWork, thread, threads);
    else attention(q, keys, values, plan.attended, count, length, heads, heads, size, plan.attentionWork, thread, threads);
    barrier(plan.gate, threads);
    mlp(plan, layer, x, count, thread, threads);
  }
  head(plan, x, plan.logits + (usize(sequence * plan.vocabulary) << 2), 1, thread, threads);
}

/** The token that step − 1 chose, of every sequence: they are rows of the same products, and each has keys of its own. No padding. */
function decode(plan: Plan, step: i32, thread: i32, threads: i32): void {
  const width = plan.width, heads = plan.heads, size = plan.width / plan.heads, batch = plan.batch;
  const rowBytes = usize(width) << 2;
  const from = firstOf(batch, thread, threads);
  const to = firstOf(batch, thread + 1, threads);
  for (let b = from; b < to; b++) embed(plan, b, b, lengthOf(plan, b) + step - 1);
  barrier(plan.gate, threads);
  for (let l = 0; l < plan.layers; l++) {
    const layer = layerOf(plan, l);
    project(plan, layer, plan.x, batch, thread, threads);
    if (batch == 1) {
      const position = lengthOf(plan, 0) + step - 1;
      const at = usize(position) * rowBytes;
      // The last thread has the last key: only it needs that, and reads it from the cache.
      if (thread == threads - 1) cacheRow(plan.qkv, layer.keys + at, layer.values + at, rowBytes);
      attend(
        plan.qkv, layer.keys, layer.values, plan.attended, position + 1, heads, heads, size,
        plan.attendWork, thread, threads,
      );
    } else {
      const work = plan.ownAttendWork + usize(thread * plan.ownAttendBytes);
      for (let b = from; b < to; b++) {
        const position = lengthOf(plan, b) + step - 1;
        const keys = layer.keys + usize(b * plan.capacity) * rowBytes;
        const values = layer.values + usize(b * plan.capacity) * rowBytes;
        const at = usize(position) * rowBytes;
        const row = plan.qkv + usize(b) * 3 * rowBytes;
        cacheRow(row, keys + at, values + at, rowBytes);
        attend(row, keys, values, plan.attended + usize(b) * rowBytes, position + 1, heads, heads, size, work, 0, 1);
      }
    }
    barrier(plan.gate, threads);
    mlp(plan, layer, plan.x, batch, thread, threads);
  }
  head(plan, plan.x, plan.logits + (usize(step * batch * plan.vocabulary) << 2), batch, thread, threads);
}

/** The logits of a step: after the prompts at first, then after the tokens that the step before chose. */
function logits(plan: Plan, step: i32, thread: i32, threads: i32): void {
  if (step > 0) decode(plan, step, thread, threads);
  else for (let b = 0; b < plan.batch; b++) prefill(plan, b, thread, threads);
}

/** One step. */
export function pass(address: usize, thread: i32, threads: i32): void {
  const plan = changetype<Plan>(address);
  logits(plan, plan.step, thread, threads);
}

/** Index of the first largest of `N` floats. */
function largestAt(p: usize, N: i32): i32 {
  let best = 0;
  let most = load<f32>(p);
  for (let i = 1; i < N; i++) {
    const v = load<f32>(p + (usize(i) << 2));
    if (v > most) {
      most = v;
      best = i;
    }
  }
  return best;
}

/** All steps: each token is the one with the largest logit. */
export function generate(address: usize, thread: i32, threads: i32): void {
  const plan = changetype<Plan>(address);
  for (let step = 0; step < plan.steps; step++) {
    logits(plan, step, thread, threads);
    for (let b = 0; b < plan.batch; b++) {
      const token = largestAt(plan.logits + (usize((step * plan.batch + b) * plan.vocabulary) << 2), plan.vocabulary);
      const at = b * (plan.capacity + 1) + lengthOf(plan, b) + step;
      // Each thread finds and stores the same one: nobody waits for it.
      store<i32>(plan.tokens + (usize(at) << 2), token);
    }
  }
}
