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
  /** Tokens of the prompt, and tokens that are generated. */
  prompt: i32;
  steps: i32;
  /** That the next call of {@link pass} does; the first is that of the prompt. */
  step: i32;
  /** `[prompt + steps]`: the prompt, and behind it each token that was chosen. */
  tokens: usize;
  /** `[steps, vocabulary]` */
  logits: usize;
  /** See barrier.as.ts. */
  gate: usize;
  wte: usize;
  wpe: usize;
  lnfWeight: usize;
  lnfBias: usize;
  head: usize;
  /** `[prompt, width]`: the residual stream. */
  x: usize;
  /** `[prompt or threads, width]` */
  normed: usize;
  /** `[prompt, 3 · width]` */
  qkv: usize;
  q: usize;
  attended: usize;
  /** `[prompt, 4 · width]` */
  inner: usize;
  attendWork: usize;
  attentionWork: usize;
  /** GEMM_BYTES for every thread. */
  productWork: usize;
}
const PLAN_BYTES: usize = 96;

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
  /** `[prompt + steps − 1, width]` */
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

/** Of `M` tokens, the queries to where attention reads them, keys and values to the cache; this thread's share. */
function spread(plan: Plan, keys: usize, values: usize, M: i32, thread: i32, threads: i32): void {
  const bytes = usize(plan.width) << 2;
  const to = firstOf(M, thread + 1, threads);
  for (let m = firstOf(M, thread, threads); m < to; m++) {
    const row = plan.qkv + usize(m) * 3 * bytes;
    const at = usize(m) * bytes;
    memory.copy(plan.q + at, row, bytes);
    memory.copy(keys + at, row + bytes, bytes);
    memory.copy(values + at, row + 2 * bytes, bytes);
  }
}

/** The logits of step `step`: of the prompt at first, then of the token that the step before chose. */
function logits(plan: Plan, step: i32, thread: i32, threads: i32): void {
  const width = plan.width, heads = plan.heads, size = plan.width / plan.heads;
  const rowBytes = usize(width) << 2;
  const gate = plan.gate;
  let count = step == 0 ? plan.prompt : 1;
  const position = step == 0 ? 0 : plan.prompt + step - 1;
  const seen = position + count;

  const to = firstOf(count, thread + 1, threads);
  for (let t = firstOf(count, thread, threads); t < to; t++) {
    const token = load<i32>(plan.tokens + (usize(position + t) << 2));
    const at = plan.x + usize(t) * rowBytes;
    zip<Sum>(plan.wte + usize(token) * rowBytes, plan.wpe + usize(position + t) * rowBytes, at, width, 0, 1);
  }
  barrier(gate, threads);
  let x = plan.x;
  for (let l = 0; l < plan.layers; l++) {
    const layer = changetype<Layer>(changetype<usize>(plan) + PLAN_BYTES + usize(l) * LAYER_BYTES);
    const keys = layer.keys + usize(position) * rowBytes;
    const values = layer.values + usize(position) * rowBytes;
    const normed = normalised(plan, x, layer.ln1Weight, layer.ln1Bias, count, thread, threads);
    product(plan, normed, layer.qkv, layer.qkvBias, plan.qkv, count, 3 * width, width, false, thread, threads);
    barrier(gate, threads);

    let q = plan.qkv;
    if (count == 1) {
      // The last thread has the last key: only it needs that, and reads it from the cache.
      if (thread == threads - 1) {
        memory.copy(keys, q + rowBytes, rowBytes);
        memory.copy(values, q + 2 * rowBytes, rowBytes);
      }
    } else {
      spread(plan, keys, values, count, thread, threads);
      barrier(gate, threads);
      q = plan.q;
      if (l == plan.layers - 1) {
        // Of the last layer, all but the last token are needed for their keys and values alone.
        q += usize(count - 1) * rowBytes;
        x += usize(count - 1) * rowBytes;
        count = 1;
      }
    }
    if (count == 1) attend(q, layer.keys, layer.values, plan.attended, seen, heads, heads, size, plan.attendWork, thread, threads);
    else attention(q, layer.keys, layer.values, plan.attended, count, seen, heads, heads, size, plan.attentionWork, thread, threads);
    barrier(gate, threads);

    product(plan, plan.attended, layer.proj, layer.projBias, x, count, width, width, true, thread, threads);
    barrier(gate, threads);
    const again = normalised(plan, x, layer.ln2Weight, layer.ln2Bias, count, thread, threads);
    product(plan, again, layer.fc, layer.fcBias, plan.inner, count, 4 * width, width, false, thread, threads);
    activate(plan.inner, count, 4 * width, thread, threads);
    barrier(gate, threads);
    product(plan, plan.inner, layer.down, layer.downBias, x, count, width, 4 * width, true, thread, threads);
    barrier(gate, threads);
  }
  const last = normalised(plan, x, plan.lnfWeight, plan.lnfBias, 1, thread, threads);
  const out = plan.logits + (usize(step * plan.vocabulary) << 2);
  product(plan, last, plan.head, 0, out, 1, plan.vocabulary, width, false, thread, threads);
}

/** One step: the logits of the token after those that there are. */
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
    barrier(plan.gate, threads);
    const token = largestAt(plan.logits + (usize(step * plan.vocabulary) << 2), plan.vocabulary);
    // Each thread finds and stores the same one: nobody waits for it.
    store<i32>(plan.tokens + (usize(plan.prompt + step) << 2), token);
  }
}
