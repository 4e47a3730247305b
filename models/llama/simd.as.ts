/**
 * The forward pass of a Llama (AssemblyScript), made of the loops that the kernels' variants `simd` are: one call is one pass, on every thread.
 * All that it works on is named by a {@link Plan}, which simd.ts writes.
 *
 * Threads share the rows of each product and meet at a {@link barrier} where one needs what all have computed. What is cheap each computes
 * for itself: a norm of one token, its activations in 8 bits, its residual stream.
 */
import { attention } from '../../kernels/attention/simd.as';
import { attend } from '../../kernels/attention-decode/simd.as';
import { zip } from '../../kernels/lib/elementwise.as';
import { gemmPart } from '../../kernels/lib/gemm.as';
import { Fused } from '../../kernels/lib/madd.as';
import { firstOf } from '../../kernels/lib/math.as';
import { SPLIT_BYTES, splitSigns, SUMS_BYTES, withSums } from '../../kernels/lib/qactivations.as';
import { MINIMA, multiply, Q4_0, Q4_K, Q8_0, SPLIT, STORED } from '../../kernels/lib/qmatmul.as';
import { matvecBytes, matvecQ4_0, matvecQ4_K, matvecQ8_0 } from '../../kernels/lib/qmatvec.as';
import {
  groupsOf, packQ4_0, packQ4_K, packQ8_0, PLUS_128, Q4_0_GROUP, Q4_K_GROUP, Q8_0_GROUP, unpackQ4_0, unpackQ4_K, unpackQ8_0,
} from '../../kernels/lib/qpack.as';
import { streamed } from '../../kernels/lib/streamed.as';
import { residualRmsnorm } from '../../kernels/residual-rmsnorm/simd.as';
import { rmsnorm } from '../../kernels/rmsnorm/simd.as';
import { ropeInterleaved } from '../../kernels/rope/simd.as';
import { swiglu } from '../../kernels/swiglu/simd.as';
import { barrier } from '../../kernels/lib/barrier.as';

/** A matrix is of a format of lib/qmatmul.as.ts, packed as lib/qpack.as.ts does, or of floats, transposed: `[columns, rows]`. */
const FLOATS: i32 = 3;

/** Words in the order of `MATRIX` in plan.ts. */
@unmanaged
class Matrix {
  format: i32;
  data: usize;
  rows: i32;
  columns: i32;
}

/** Words in the order of `LAYER` in plan.ts; matrices stand in it, not pointers to them. */
@unmanaged
class Layer {
  attentionNorm: usize;
  ffnNorm: usize;
  /** `[capacity, kvHeads, headSize]` */
  keys: usize;
  values: usize;
}
const LAYER_WORDS: usize = 16;
const MATRIX_BYTES: usize = 16;
const LAYER_BYTES: usize = LAYER_WORDS + 7 * MATRIX_BYTES;

/** Words in the order of `PLAN` in plan.ts. */
@unmanaged
class Plan {
  layers: i32;
  width: i32;
  ffn: i32;
  heads: i32;
  kvHeads: i32;
  headSize: i32;
  epsilon: f32;
  /** Tokens of this pass, where they are, and how many the cache holds before them. */
  count: i32;
  tokens: usize;
  position: i32;
  /** Whether a pass of several tokens gives the logits of each: `logits` then has room for all of them. */
  every: i32;
  /** Of Q8_0, by what the relaxed dot product takes: weights plus `offset` (128 or 0), or with `split` positive and negative activations apart. */
  split: i32;
  offset: i32;
  /** See barrier.as.ts. */
  gate: usize;
  /** Cosines and sines for each position, as `ropeInterleaved` reads them. */
  angles: usize;
  /** `[count, width]`: the residual stream, and what is normalised or projected of it. */
  x: usize;
  normed: usize;
  q: usize;
  /** `[count, heads · headSize]` */
  attended: usize;
  /** `[count, ffn]` */
  gated: usize;
  up: usize;
  /** `[threads, width]`, each row filled up to whole groups of eight: what each thread has of a product that is split along its sums. */
  partials: usize;
  logits: usize;
  /** Of attention over one token, whose first word counts threads, and of attention over many; of products, as much as the largest needs. */
  attendWork: usize;
  attentionWork: usize;
  productWork: usize;
  outputNorm: usize;
}
const PLAN_BYTES: usize = 108;

const Q: usize = 0;
const K: usize = 1;
const V: usize = 2;
const OUT: usize = 3;
const GATE: usize = 4;
const UP: usize = 5;
const DOWN: usize = 6;

// @ts-ignore: decorator
@inline
function layerOf(plan: Plan, l: i32): Layer {
  return changetype<Layer>(changetype<usize>(plan) + PLAN_BYTES + 2 * MATRIX_BYTES + usize(l) * LAYER_BYTES);
}

// @ts-ignore: decorator
@inline
function matrixOf(layer: Layer, name: usize): Matrix {
  return changetype<Matrix>(changetype<usize>(layer) + LAYER_WORDS + name * MATRIX_BYTES);
}

// @ts-ignore: decorator
@inline
function embedding(plan: Plan): Matrix {
  return changetype<Matrix>(changetype<usize>(plan) + PLAN_BYTES);
}

// @ts-ignore: decorator
@inline
function head(plan: Plan): Matrix {
  return changetype<Matrix>(changetype<usize>(plan) + PLAN_BYTES + MATRIX_BYTES);
}

class Sum {
  // @ts-ignore: decorator
  @inline
  of(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}

// @ts-ignore: decorator
@inline
function flipOf(offset: i32): u32 {
  return offset ? PLUS_128 : 0;
}

/** Row `row` of a matrix as floats. */
function unpackRow(plan: Plan, m: Matrix, row: i32, out: usize): void {
  if (m.format == Q8_0) unpackQ8_0(m.data, row, m.columns, out, flipOf(plan.offset));
  else if (m.format == Q4_0) unpackQ4_0(m.data, row, m.columns, out);
  else if (m.format == Q4_K) unpackQ4_K(m.data, row, m.columns, out);
  else {
    const p = m.data + (usize(row) << 2);
    for (let k = 0; k < m.columns; k++) store<f32>(out + (usize(k) << 2), load<f32>(p + usize(k) * (usize(m.rows) << 2)));
  }
}

/** Bytes of one token's activations of `columns`, as {@link quantise} makes them. */
// @ts-ignore: decorator
@inline
function activationBytes(columns: i32): usize {
  return usize(columns >> 5) * SPLIT_BYTES;
}

// @ts-ignore: decorator
@inline
function longest(plan: Plan): i32 {
  return max(max(plan.width, plan.ffn), plan.heads * plan.headSize);
}

/** Where this thread quantises the activations of one token. */
function ownWork(plan: Plan, thread: i32): usize {
  return plan.productWork + usize(thread) * (activationBytes(longest(plan)) + (usize(longest(plan)) << 3));
}

/** Where it keeps the norm of one token. */
function ownRow(plan: Plan, thread: i32): usize {
  return ownWork(plan, thread) + activationBytes(longest(plan));
}

/** Where it keeps the residual stream of one token: every thread the same. */
function ownStream(plan: Plan, thread: i32): usize {
  return ownRow(plan, thread) + (usize(longest(plan)) << 2);
}

/** One token's activations as the matvec of a format reads them: where they are. */
function quantise(plan: Plan, format: i32, x: usize, work: usize, columns: i32): usize {
  if (format == FLOATS) return x;
  if (format == Q8_0 && plan.split) splitSigns(x, work, columns);
  else withSums(x, work, columns);
  return work;
}

/** y[rows] = w · x for the groups [from, to) of eight rows, of activations that {@link quantise} has made for this format. */
function productOf(plan: Plan, m: Matrix, activations: usize, y: usize, from: i32, to: i32): void {
  if (m.format == Q8_0 && plan.split) matvecQ8_0(m.data, activations, y, m.columns, from, to);
  else if (m.format == Q8_0) matvecBytes(m.data, activations, y, m.columns, from, to, plan.offset);
  else if (m.format == Q4_0) matvecQ4_0(m.data, activations, y, m.columns, from, to);
  else if (m.format == Q4_K) matvecQ4_K(m.data, activations, y, m.columns, from, to);
  else if (from < to) {
    const first = usize(from) << 5;
    const bytes = usize(m.rows) << 2;
    const rows = min(8 * to, m.rows) - 8 * from;
    streamed<Fused>(activations, 0, m.data + first, bytes, y + first, 0, 1, rows, m.columns, false);
  }
}

/** The same for this thread's rows. */
function product(plan: Plan, m: Matrix, activations: usize, y: usize, thread: i32, threads: i32): void {
  productOf(plan, m, activations, y, firstOf(groupsOf(m.rows), thread, threads), firstOf(groupsOf(m.rows), thread + 1, threads));
}

/** Columns that a product can be split at multiples of: whole groups of the rows that give its activations, and whole blocks of its own. */
// @ts-ignore: decorator
@inline
function grainOf(m: Matrix): i32 {
  return m.format == FLOATS ? 8 : m.format == Q4_K ? 256 : 32;
}

/** Bytes of eight rows of so many columns. */
// @ts-ignore: decorator
@inline
function grainBytes(m: Matrix): usize {
  return m.format == Q4_K ? Q4_K_GROUP : m.format == Q4_0 ? Q4_0_GROUP : Q8_0_GROUP;
}

/**
 * y[rows] = what the columns [from, to), which begin at multiples of {@link grainOf}, add to all rows of w · x. `activations` are of these
 * columns alone. Of packed weights each group of rows is a product of its own, as its blocks lie side by side.
 */
function columnsProduct(plan: Plan, m: Matrix, activations: usize, y: usize, from: i32, to: i32): void {
  if (m.format == FLOATS) {
    const bytes = usize(m.rows) << 2;
    streamed<Fused>(activations, 0, m.data + usize(from) * bytes, bytes, y, 0, 1, m.rows, to - from, false);
    return;
  }
  const step = usize(m.columns / grainOf(m)) * grainBytes(m);
  let w = m.data + usize(from / grainOf(m)) * grainBytes(m);
  for (let group = 0; group < groupsOf(m.rows); group++, w += step, y += 32) {
    if (m.format == Q8_0 && plan.split) matvecQ8_0(w, activations, y, to - from, 0, 1);
    else if (m.format == Q8_0) matvecBytes(w, activations, y, to - from, 0, 1, plan.offset);
    else if (m.format == Q4_0) matvecQ4_0(w, activations, y, to - from, 0, 1);
    else matvecQ4_K(w, activations, y, to - from, 0, 1);
  }
}

/** Whether a product reads other activations than the one before it: those of Q4_0 and Q4_K are alike. */
// @ts-ignore: decorator
@inline
function isOther(m: Matrix, before: Matrix): bool {
  if (m.format == before.format) return false;
  return m.format == FLOATS || before.format == FLOATS || m.format == Q8_0 || before.format == Q8_0;
}

/** Queries, and the keys and values that join the cache, of the token whose norm is `normed`: three products of activations in one form. */
function queryKeyValue(plan: Plan, layer: Layer, normed: usize, keys: usize, values: usize, thread: i32, threads: i32): void {
  const own = ownWork(plan, thread);
  const wq = matrixOf(layer, Q), wk = matrixOf(layer, K), wv = matrixOf(layer, V);
  let activations = quantise(plan, wq.format, normed, own, plan.width);
  product(plan, wq, activations, plan.q, thread, threads);
  if (isOther(wk, wq)) activations = quantise(plan, wk.format, normed, own, plan.width);
  product(plan, wk, activations, keys, thread, threads);
  if (isOther(wv, wk)) activations = quantise(plan, wv.format, normed, own, plan.width);
  product(plan, wv, activations, values, thread, threads);
}

/**
 * The feed-forward part of a layer, of the token whose norm is `normed`: this thread's share of the inner activations, from gate and up to what
 * they add to every output (Shoeybi et al., "Megatron-LM", 2019: the first product is split by rows, the second by columns). Nobody needs
 * another's activations; the sum of all shares, which are its `partials`, is the output.
 */
function feedForward(plan: Plan, layer: Layer, normed: usize, thread: i32, threads: i32): void {
  const own = ownWork(plan, thread);
  const gate = matrixOf(layer, GATE), up = matrixOf(layer, UP), down = matrixOf(layer, DOWN);
  const grain = grainOf(down);
  const grains = (plan.ffn + grain - 1) / grain;
  const from = firstOf(grains, thread, threads) * grain;
  const to = min(plan.ffn, firstOf(grains, thread + 1, threads) * grain);
  const first = from >> 3, end = (to + 7) >> 3;
  let activations = quantise(plan, gate.format, normed, own, plan.width);
  productOf(plan, gate, activations, plan.gated, first, end);
  if (isOther(up, gate)) activations = quantise(plan, up.format, normed, own, plan.width);
  productOf(plan, up, activations, plan.up, first, end);
  const inner = plan.gated + (usize(from) << 2);
  if (from < to) swiglu(inner, plan.up + (usize(from) << 2), inner, to - from, 0, 1);
  const out = plan.partials + usize(thread) * partialBytes(plan);
  columnsProduct(plan, down, quantise(plan, down.format, inner, own, to - from), out, from, to);
}

// @ts-ignore: decorator
@inline
function partialBytes(plan: Plan): usize {
  return usize(groupsOf(plan.width)) << 5;
}

/**
 * One token, at `position`: its keys and values join the cache, its logits come out. Threads meet four times a layer, where one needs what all
 * have made: queries and keys; what was attended to; what that adds; what the feed-forward part adds. What is added joins the residual stream,
 * of which every thread has its own, in the loop that sums the squares for the next norm.
 */
export function decode(address: usize, thread: i32, threads: i32): void {
  const plan = changetype<Plan>(address);
  const width = plan.width;
  const epsilon = f64(plan.epsilon);
  const kvBytes = usize(plan.kvHeads * plan.headSize) << 2;
  const angles = plan.angles + usize(plan.position) * (usize(plan.headSize) << 3);
  const own = ownWork(plan, thread);
  const normed = ownRow(plan, thread);
  const x = ownStream(plan, thread);

  unpackRow(plan, embedding(plan), load<i32>(plan.tokens), x);
  rmsnorm(x, layerOf(plan, 0).attentionNorm, normed, 1, width, epsilon, 0, 1);
  for (let l = 0; l < plan.layers; l++) {
    const layer = layerOf(plan, l);
    const keys = layer.keys + usize(plan.position) * kvBytes;
    const values = layer.values + usize(plan.position) * kvBytes;
    queryKeyValue(plan, layer, normed, keys, values, thread, threads);
    barrier(plan.gate, threads);

    // The last thread has the last key: only it needs that turned. Queries each turns for itself.
    if (thread == threads - 1) ropeInterleaved(keys, angles, keys, 1, plan.kvHeads, plan.headSize, 0, 1);
    ropeInterleaved(plan.q, angles, normed, 1, plan.heads, plan.headSize, 0, 1);
    attend(
      normed, layer.keys, layer.values, plan.attended, plan.position + 1, plan.heads, plan.kvHeads, plan.headSize,
      plan.attendWork, thread, threads,
    );
    barrier(plan.gate, threads);

    const out = matrixOf(layer, OUT);
    product(plan, out, quantise(plan, out.format, plan.attended, own, out.columns), plan.normed, thread, threads);
    barrier(plan.gate, threads);

    residualRmsnorm(x, plan.normed, layer.ffnNorm, x, normed, 1, width, epsilon, 0, 1);
    feedForward(plan, layer, normed, thread, threads);
    barrier(plan.gate, threads);

    for (let t = 1; t < threads; t++) zip<Sum>(x, plan.partials + usize(t) * partialBytes(plan), x, width, 0, 1);
    const next = l + 1 < plan.layers ? layerOf(plan, l + 1).attentionNorm : plan.outputNorm;
    residualRmsnorm(x, plan.partials, next, x, normed, 1, width, epsilon, 0, 1);
  }
  project(plan, normed, thread, threads);
}

/** The logits of the token whose last norm is `normed`. */
function project(plan: Plan, normed: usize, thread: i32, threads: i32): void {
  const m = head(plan);
  product(plan, m, quantise(plan, m.format, normed, ownWork(plan, thread), plan.width), plan.logits, thread, threads);
}

/** A product of one token by itself: its activations are quantised for it, and all threads meet behind it. */
function step(plan: Plan, m: Matrix, x: usize, y: usize, thread: i32, threads: i32): void {
  product(plan, m, quantise(plan, m.format, x, ownWork(plan, thread), m.columns), y, thread, threads);
  barrier(plan.gate, threads);
}

/**
 * The same as {@link decode} as a graph of operations does it that knows each by itself: every one reads what the one before has written, and
 * threads meet behind each, fifteen times a layer.
 */
export function decodeUnfused(address: usize, thread: i32, threads: i32): void {
  const plan = changetype<Plan>(address);
  const width = plan.width;
  const epsilon = f64(plan.epsilon);
  const gate = plan.gate;
  const kvBytes = usize(plan.kvHeads * plan.headSize) << 2;
  const angles = plan.angles + usize(plan.position) * (usize(plan.headSize) << 3);

  if (thread == 0) unpackRow(plan, embedding(plan), load<i32>(plan.tokens), plan.x);
  barrier(gate, threads);
  for (let l = 0; l < plan.layers; l++) {
    const layer = layerOf(plan, l);
    const keys = layer.keys + usize(plan.position) * kvBytes;
    const values = layer.values + usize(plan.position) * kvBytes;
    rmsnorm(plan.x, layer.attentionNorm, plan.normed, 1, width, epsilon, thread, threads);
    barrier(gate, threads);
    step(plan, matrixOf(layer, Q), plan.normed, plan.q, thread, threads);
    step(plan, matrixOf(layer, K), plan.normed, keys, thread, threads);
    step(plan, matrixOf(layer, V), plan.normed, values, thread, threads);
    ropeInterleaved(plan.q, angles, plan.q, 1, plan.heads, plan.headSize, thread, threads);
    barrier(gate, threads);
    ropeInterleaved(keys, angles, keys, 1, plan.kvHeads, plan.headSize, thread, threads);
    barrier(gate, threads);
    attend(
      plan.q, layer.keys, layer.values, plan.attended, plan.position + 1, plan.heads, plan.kvHeads, plan.headSize,
      plan.attendWork, thread, threads,
    );
    barrier(gate, threads);
    step(plan, matrixOf(layer, OUT), plan.attended, plan.normed, thread, threads);
    zip<Sum>(plan.x, plan.normed, plan.x, width, thread, threads);
    barrier(gate, threads);
    rmsnorm(plan.x, layer.ffnNorm, plan.normed, 1, width, epsilon, thread, threads);
    barrier(gate, threads);
    step(plan, matrixOf(layer, GATE), plan.normed, plan.gated, thread, threads);
    step(plan, matrixOf(layer, UP), plan.normed, plan.up, thread, threads);
    swiglu(plan.gated, plan.up, plan.gated, plan.ffn, thread, threads);
    barrier(gate, threads);
    step(plan, matrixOf(layer, DOWN), plan.gated, plan.normed, thread, threads);
    zip<Sum>(plan.x, plan.normed, plan.x, width, thread, threads);
    barrier(gate, threads);
  }
  rmsnorm(plan.x, plan.outputNorm, plan.normed, 1, width, epsilon, thread, threads);
  barrier(gate, threads);
  project(plan, plan.normed, thread, threads);
}

/** y[count,rows] = x[count,columns] · wᵀ, by all threads. */
function products(plan: Plan, m: Matrix, x: usize, y: usize, count: i32, thread: i32, threads: i32): void {
  const work = plan.productWork;
  // Rows are shared where every thread gets a few tiles of them, columns otherwise.
  const across = (count + 5) / 6 >= 4 * threads ? 1 : threads;
  if (count == 1) product(plan, m, quantise(plan, m.format, x, ownWork(plan, thread), m.columns), y, thread, threads);
  else if (m.format == FLOATS) gemmPart<Fused>(x, m.data, y, count, m.rows, m.columns, work, thread, threads);
  else if (m.format == Q4_0)
    multiply(STORED, Q4_0, m.data, x, work, y, count, m.rows, m.columns, across, 127, 8, thread, threads);
  else if (m.format == Q4_K)
    multiply(MINIMA, Q4_K, m.data, x, work, y, count, m.rows, m.columns, across, 127, 0, thread, threads);
  else if (plan.split)
    multiply(SPLIT, Q8_0, m.data, x, work, y, count, m.rows, m.columns, across, 127, 0, thread, threads);
  else multiply(STORED, Q8_0, m.data, x, work, y, count, m.rows, m.columns, across, 127, plan.offset, thread, threads);
}

/** `count` tokens from `position` on: their keys and values join the cache, the logits of the last, or of `every` one, come out. */
export function prefill(address: usize, thread: i32, threads: i32): void {
  const plan = changetype<Plan>(address);
  const width = plan.width;
  const kvBytes = usize(plan.kvHeads * plan.headSize) << 2;
  const angles = plan.angles + usize(plan.position) * (usize(plan.headSize) << 3);
  const rowBytes = usize(width) << 2;
  const gate = plan.gate;
  let count = plan.count;

  const firstToken = firstOf(count, thread, threads);
  for (let t = firstToken; t < firstOf(count, thread + 1, threads); t++)
    unpackRow(plan, embedding(plan), load<i32>(plan.tokens + (usize(t) << 2)), plan.x + usize(t) * rowBytes);
  barrier(gate, threads);
  let x = plan.x;
  let q = plan.q;
  let attended = plan.attended;
  for (let l = 0; l < plan.layers; l++) {
    const layer = layerOf(plan, l);
    const keys = layer.keys + usize(plan.position) * kvBytes;
    const values = layer.values + usize(plan.position) * kvBytes;
    rmsnorm(x, layer.attentionNorm, plan.normed, count, width, f64(plan.epsilon), thread, threads);
    barrier(gate, threads);
    products(plan, matrixOf(layer, K), plan.normed, keys, count, thread, threads);
    barrier(gate, threads);
    products(plan, matrixOf(layer, V), plan.normed, values, count, thread, threads);
    barrier(gate, threads);
    let normed = plan.normed;
    let seen = angles;
    const all = count;
    if (l == plan.layers - 1 && !plan.every) {
      // Of the last layer, all but the last token are needed for their keys and values alone.
      x += usize(count - 1) * rowBytes;
      normed += usize(count - 1) * rowBytes;
      seen += usize(count - 1) * (usize(plan.headSize) << 3);
      count = 1;
    }
    products(plan, matrixOf(layer, Q), normed, q, count, thread, threads);
    ropeInterleaved(keys, angles, keys, all, plan.kvHeads, plan.headSize, thread, threads);
    barrier(gate, threads);
    ropeInterleaved(q, seen, q, count, plan.heads, plan.headSize, thread, threads);
    barrier(gate, threads);
    attention(
      q, layer.keys, layer.values, attended, count, plan.position + all, plan.heads, plan.kvHeads, plan.headSize,
      plan.attentionWork, thread, threads,
    );
    barrier(gate, threads);
    products(plan, matrixOf(layer, OUT), attended, plan.normed, count, thread, threads);
    barrier(gate, threads);
    zip<Sum>(x, plan.normed, x, count * width, thread, threads);
    barrier(gate, threads);
    rmsnorm(x, layer.ffnNorm, plan.normed, count, width, f64(plan.epsilon), thread, threads);
    barrier(gate, threads);
    products(plan, matrixOf(layer, GATE), plan.normed, plan.gated, count, thread, threads);
    barrier(gate, threads);
    products(plan, matrixOf(layer, UP), plan.normed, plan.up, count, thread, threads);
    barrier(gate, threads);
    swiglu(plan.gated, plan.up, plan.gated, count * plan.ffn, thread, threads);
    barrier(gate, threads);
    products(plan, matrixOf(layer, DOWN), plan.gated, plan.normed, count, thread, threads);
    barrier(gate, threads);
    zip<Sum>(x, plan.normed, x, count * width, thread, threads);
    barrier(gate, threads);
  }
  if (!plan.every) {
    const normed = ownRow(plan, thread);
    rmsnorm(x, plan.outputNorm, normed, 1, width, f64(plan.epsilon), 0, 1);
    project(plan, normed, thread, threads);
    return;
  }
  rmsnorm(x, plan.outputNorm, plan.normed, count, width, f64(plan.epsilon), thread, threads);
  barrier(gate, threads);
  products(plan, head(plan), plan.normed, plan.logits, count, thread, threads);
}

/** `rows` rows of `columns` weights as a GGUF file stores them, to `packed`. */
export function pack(address: usize, format: i32, blocks: usize, packed: usize, rows: i32, columns: i32): void {
  if (format == Q8_0) packQ8_0(blocks, packed, rows, columns, flipOf(changetype<Plan>(address).offset));
  else if (format == Q4_0) packQ4_0(blocks, packed, rows, columns);
  else packQ4_K(blocks, packed, rows, columns);
}
