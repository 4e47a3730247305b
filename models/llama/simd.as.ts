/**
 * The forward pass of a Llama (AssemblyScript), made of the loops that the kernels' variants `simd` are: one call is one pass, on every thread.
 * All that it works on is named by a {@link Plan}, which simd.ts writes.
 *
 * Threads share the rows of each product and meet at a {@link barrier} where one needs what all have computed. What is cheap each computes
 * for itself: a norm of one token, its activations in 8 bits.
 */
import { attention } from '../../kernels/attention/simd.as';
import { attendIn } from '../../kernels/attention-decode/simd.as';
import { zip } from '../../kernels/lib/elementwise.as';
import { gemmPart } from '../../kernels/lib/gemm.as';
import { Fused } from '../../kernels/lib/madd.as';
import { mark } from '../../kernels/lib/marks.as';
import { firstOf } from '../../kernels/lib/math.as';
import { SPLIT_BYTES, splitSigns, SUMS_BYTES, withSums } from '../../kernels/lib/qactivations.as';
import { MINIMA, multiplyPacked, packRows, Q4_0, Q4_K, Q8_0, SPLIT, STORED } from '../../kernels/lib/qmatmul.as';
import { matvecBytes, matvecQ4_0, matvecQ4_K, matvecQ8_0 } from '../../kernels/lib/qmatvec.as';
import { groupsOf, packQ4_0, packQ4_K, packQ8_0, PLUS_128, unpackQ4_0, unpackQ4_K, unpackQ8_0 } from '../../kernels/lib/qpack.as';
import { streamed } from '../../kernels/lib/streamed.as';
import { rmsnorm } from '../../kernels/rmsnorm/simd.as';
import { ropeInterleaved } from '../../kernels/rope/simd.as';
import { swiglu } from '../../kernels/swiglu/simd.as';
import { barrier } from '../../kernels/lib/barrier.as';

/** A matrix is of a format of lib/qmatmul.as.ts, packed as lib/qpack.as.ts does, or of floats, transposed: `[columns, rows]`. */
const FLOATS: i32 = 3;
/** Weight rows of a panel of a prompt's products. */
const NR: usize = ZOO_WIDE ? 16 : 8;

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
  logits: usize;
  /** Of attention over one token, whose first word counts threads, and of attention over many; of products, as much as the largest needs. */
  attendWork: usize;
  attentionWork: usize;
  productWork: usize;
  outputNorm: usize;
  /** That the keys of one token are cut into: what a thread more or less must not change. */
  parts: i32;
}
const PLAN_BYTES: usize = 108;

const Q: usize = 0;
const K: usize = 1;
const V: usize = 2;
const OUT: usize = 3;
const GATE: usize = 4;
const UP: usize = 5;
const DOWN: usize = 6;

/** Steps of a pass, as `STEPS` in trace.ts names them. */
const EMBED: i32 = 0;
const NORM: i32 = 1;
const QUANTISE: i32 = 2;
const QKV: i32 = 3;
const ROPE: i32 = 4;
const ATTENTION: i32 = 5;
const PROJECT_OUT: i32 = 6;
const GATE_UP: i32 = 7;
const SWIGLU: i32 = 8;
const PROJECT_DOWN: i32 = 9;
const ADD: i32 = 10;
const HEAD: i32 = 11;
const MEET: i32 = 12;

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

/** {@link barrier}, as a step of its own where threads can meet at all. */
// @ts-ignore: decorator
@inline
function meet(plan: Plan, l: i32, thread: i32, threads: i32): void {
  if (ASC_FEATURE_THREADS) mark(thread, l, MEET);
  barrier(plan.gate, threads);
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
  return plan.productWork + usize(thread) * (activationBytes(longest(plan)) + (usize(longest(plan)) << 2));
}

/** Where it keeps the norm of one token. */
function ownRow(plan: Plan, thread: i32): usize {
  return ownWork(plan, thread) + activationBytes(longest(plan));
}

/** One token's activations as the matvec of a format reads them: where they are. */
function quantise(plan: Plan, format: i32, x: usize, work: usize, columns: i32): usize {
  if (format == FLOATS) return x;
  if (format == Q8_0 && plan.split) splitSigns(x, work, columns);
  else withSums(x, work, columns);
  return work;
}

/** y[rows] = w · x for this thread's rows, of activations that {@link quantise} has made for this format. */
function product(plan: Plan, m: Matrix, activations: usize, y: usize, thread: i32, threads: i32): void {
  const from = firstOf(groupsOf(m.rows), thread, threads);
  const to = firstOf(groupsOf(m.rows), thread + 1, threads);
  if (m.format == Q8_0 && plan.split) matvecQ8_0(m.data, activations, y, m.columns, from, to);
  else if (m.format == Q8_0) matvecBytes(m.data, activations, y, m.columns, from, to, plan.offset);
  else if (m.format == Q4_0) matvecQ4_0(m.data, activations, y, m.columns, from, to, plan.offset != 0);
  else if (m.format == Q4_K) matvecQ4_K(m.data, activations, y, m.columns, from, to, plan.offset != 0);
  else if (from < to) {
    const first = usize(from) << 5;
    const bytes = usize(m.rows) << 2;
    const rows = min(8 * to, m.rows) - 8 * from;
    streamed<Fused>(activations, 0, m.data + first, bytes, y + first, 0, 1, rows, m.columns, false);
  }
}

/** Whether a product reads other activations than the one before it: those of Q4_0 and Q4_K are alike. */
// @ts-ignore: decorator
@inline
function isOther(m: Matrix, before: Matrix): bool {
  if (m.format == before.format) return false;
  return m.format == FLOATS || before.format == FLOATS || m.format == Q8_0 || before.format == Q8_0;
}

/** This thread's rows of a product of one token, added to the residual stream, which nobody else touches there. */
function productInto(plan: Plan, m: Matrix, activations: usize, y: usize, x: usize, thread: i32, threads: i32): void {
  product(plan, m, activations, y, thread, threads);
  const from = firstOf(groupsOf(m.rows), thread, threads);
  const count = min(8 * firstOf(groupsOf(m.rows), thread + 1, threads), m.rows) - 8 * from;
  const start = usize(from) << 5;
  if (count > 0) zip<Sum>(x + start, y + start, x + start, count, 0, 1);
}

/** One token, at `position`: its keys and values join the cache, its logits come out. */
export function decode(address: usize, thread: i32, threads: i32): void {
  const plan = changetype<Plan>(address);
  const width = plan.width;
  const kvBytes = usize(plan.kvHeads * plan.headSize) << 2;
  const angles = plan.angles + usize(plan.position) * (usize(plan.headSize) << 3);
  const own = ownWork(plan, thread);
  const normed = ownRow(plan, thread);

  mark(thread, -1, EMBED);
  if (thread == 0) unpackRow(plan, embedding(plan), load<i32>(plan.tokens), plan.x);
  meet(plan, -1, thread, threads);
  for (let l = 0; l < plan.layers; l++) {
    const layer = layerOf(plan, l);
    const keys = layer.keys + usize(plan.position) * kvBytes;
    const values = layer.values + usize(plan.position) * kvBytes;
    mark(thread, l, NORM);
    rmsnorm(plan.x, layer.attentionNorm, normed, 1, width, f64(plan.epsilon), 0, 1);
    const wq = matrixOf(layer, Q), wk = matrixOf(layer, K), wv = matrixOf(layer, V);
    mark(thread, l, QUANTISE);
    let activations = quantise(plan, wq.format, normed, own, width);
    mark(thread, l, QKV);
    product(plan, wq, activations, plan.q, thread, threads);
    if (isOther(wk, wq)) activations = quantise(plan, wk.format, normed, own, width);
    product(plan, wk, activations, keys, thread, threads);
    if (isOther(wv, wk)) activations = quantise(plan, wv.format, normed, own, width);
    product(plan, wv, activations, values, thread, threads);
    meet(plan, l, thread, threads);

    mark(thread, l, ROPE);
    // The last thread has the last key: only it needs that turned. Queries each turns for itself.
    if (thread == threads - 1) ropeInterleaved(keys, angles, keys, 1, plan.kvHeads, plan.headSize, 0, 1);
    ropeInterleaved(plan.q, angles, normed, 1, plan.heads, plan.headSize, 0, 1);
    mark(thread, l, ATTENTION);
    attendIn(
      plan.parts, normed, layer.keys, layer.values, plan.attended, plan.position + 1, plan.heads, plan.kvHeads,
      plan.headSize, plan.attendWork, thread, threads,
    );
    meet(plan, l, thread, threads);

    const out = matrixOf(layer, OUT);
    mark(thread, l, QUANTISE);
    activations = quantise(plan, out.format, plan.attended, own, out.columns);
    mark(thread, l, PROJECT_OUT);
    productInto(plan, out, activations, plan.normed, plan.x, thread, threads);
    meet(plan, l, thread, threads);

    mark(thread, l, NORM);
    rmsnorm(plan.x, layer.ffnNorm, normed, 1, width, f64(plan.epsilon), 0, 1);
    const gate = matrixOf(layer, GATE), up = matrixOf(layer, UP);
    mark(thread, l, QUANTISE);
    activations = quantise(plan, gate.format, normed, own, width);
    mark(thread, l, GATE_UP);
    product(plan, gate, activations, plan.gated, thread, threads);
    if (isOther(up, gate)) activations = quantise(plan, up.format, normed, own, width);
    product(plan, up, activations, plan.up, thread, threads);
    mark(thread, l, SWIGLU);
    const from = firstOf(groupsOf(plan.ffn), thread, threads);
    const count = min(8 * firstOf(groupsOf(plan.ffn), thread + 1, threads), plan.ffn) - 8 * from;
    const start = usize(from) << 5;
    if (count > 0) swiglu(plan.gated + start, plan.up + start, plan.gated + start, count, 0, 1);
    meet(plan, l, thread, threads);

    const down = matrixOf(layer, DOWN);
    mark(thread, l, QUANTISE);
    activations = quantise(plan, down.format, plan.gated, own, down.columns);
    mark(thread, l, PROJECT_DOWN);
    productInto(plan, down, activations, plan.normed, plan.x, thread, threads);
    meet(plan, l, thread, threads);
  }
  project(plan, plan.x, thread, threads);
}

/** The logits of the token whose residual stream is `x`. */
function project(plan: Plan, x: usize, thread: i32, threads: i32): void {
  const m = head(plan);
  const normed = ownRow(plan, thread);
  mark(thread, -1, NORM);
  rmsnorm(x, plan.outputNorm, normed, 1, plan.width, f64(plan.epsilon), 0, 1);
  mark(thread, -1, QUANTISE);
  const activations = quantise(plan, m.format, normed, ownWork(plan, thread), plan.width);
  mark(thread, -1, HEAD);
  product(plan, m, activations, plan.logits, thread, threads);
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
    attendIn(
      plan.parts, plan.q, layer.keys, layer.values, plan.attended, plan.position + 1, plan.heads, plan.kvHeads,
      plan.headSize, plan.attendWork, thread, threads,
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
  project(plan, plan.x, thread, threads);
}

/**
 * y[count,rows] = x[count,columns] · wᵀ, by all threads. A function for each format: of one that holds the loops of all, V8 makes code that
 * takes 1.4 times as long.
 * @param kept whether `x` is what the product before it had, of the same kind: its activations are quantised already
 */
// @ts-ignore: decorator
@inline
function integers(
  kind: i32, format: i32, offset: i32, plan: Plan, m: Matrix, x: usize, y: usize, count: i32, kept: bool, thread: i32, threads: i32,
): void {
  // Rows are shared where every thread gets a few tiles of them, columns otherwise.
  const across = (count + 5) / 6 >= 4 * threads ? 1 : threads;
  const work = plan.productWork;
  if (!kept) packRows(kind, NR, x, work, count, m.columns, across, 127, offset, thread, threads);
  multiplyPacked(kind, format, NR, m.data, work, y, count, m.rows, m.columns, across, offset, thread, threads);
}
function productsBytes(plan: Plan, m: Matrix, x: usize, y: usize, count: i32, kept: bool, thread: i32, threads: i32): void {
  integers(STORED, Q8_0, plan.offset, plan, m, x, y, count, kept, thread, threads);
}
function productsSplit(plan: Plan, m: Matrix, x: usize, y: usize, count: i32, kept: bool, thread: i32, threads: i32): void {
  integers(SPLIT, Q8_0, 0, plan, m, x, y, count, kept, thread, threads);
}
function productsQ4_0(plan: Plan, m: Matrix, x: usize, y: usize, count: i32, kept: bool, thread: i32, threads: i32): void {
  integers(STORED, Q4_0, 8, plan, m, x, y, count, kept, thread, threads);
}
function productsQ4_K(plan: Plan, m: Matrix, x: usize, y: usize, count: i32, kept: bool, thread: i32, threads: i32): void {
  integers(MINIMA, Q4_K, 0, plan, m, x, y, count, kept, thread, threads);
}
function productsFloats(plan: Plan, m: Matrix, x: usize, y: usize, count: i32, thread: i32, threads: i32): void {
  gemmPart<Fused>(x, m.data, y, count, m.rows, m.columns, plan.productWork, thread, threads);
}

/** The same by the format of the matrix; `before` is that of the product before, if it had the same `x`. */
function products(
  plan: Plan, m: Matrix, before: Matrix | null, x: usize, y: usize, count: i32, thread: i32, threads: i32,
): void {
  const kept = before !== null && before.format == m.format;
  if (count == 1) product(plan, m, quantise(plan, m.format, x, ownWork(plan, thread), m.columns), y, thread, threads);
  else if (m.format == FLOATS) productsFloats(plan, m, x, y, count, thread, threads);
  else if (m.format == Q4_0) productsQ4_0(plan, m, x, y, count, kept, thread, threads);
  else if (m.format == Q4_K) productsQ4_K(plan, m, x, y, count, kept, thread, threads);
  else if (plan.split) productsSplit(plan, m, x, y, count, kept, thread, threads);
  else productsBytes(plan, m, x, y, count, kept, thread, threads);
}

/** `count` tokens from `position` on: their keys and values join the cache, the logits of the last, or of `every` one, come out. */
export function prefill(address: usize, thread: i32, threads: i32): void {
  const plan = changetype<Plan>(address);
  const width = plan.width;
  const kvBytes = usize(plan.kvHeads * plan.headSize) << 2;
  const angles = plan.angles + usize(plan.position) * (usize(plan.headSize) << 3);
  const rowBytes = usize(width) << 2;
  let count = plan.count;

  mark(thread, -1, EMBED);
  const firstToken = firstOf(count, thread, threads);
  for (let t = firstToken; t < firstOf(count, thread + 1, threads); t++)
    unpackRow(plan, embedding(plan), load<i32>(plan.tokens + (usize(t) << 2)), plan.x + usize(t) * rowBytes);
  meet(plan, -1, thread, threads);
  let x = plan.x;
  let q = plan.q;
  let attended = plan.attended;
  for (let l = 0; l < plan.layers; l++) {
    const layer = layerOf(plan, l);
    const keys = layer.keys + usize(plan.position) * kvBytes;
    const values = layer.values + usize(plan.position) * kvBytes;
    mark(thread, l, NORM);
    rmsnorm(x, layer.attentionNorm, plan.normed, count, width, f64(plan.epsilon), thread, threads);
    meet(plan, l, thread, threads);
    const wk = matrixOf(layer, K), wv = matrixOf(layer, V);
    mark(thread, l, QKV);
    products(plan, wk, null, plan.normed, keys, count, thread, threads);
    meet(plan, l, thread, threads);
    mark(thread, l, QKV);
    products(plan, wv, wk, plan.normed, values, count, thread, threads);
    meet(plan, l, thread, threads);
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
    mark(thread, l, QKV);
    products(plan, matrixOf(layer, Q), wv, normed, q, count, thread, threads);
    mark(thread, l, ROPE);
    ropeInterleaved(keys, angles, keys, all, plan.kvHeads, plan.headSize, thread, threads);
    meet(plan, l, thread, threads);
    mark(thread, l, ROPE);
    ropeInterleaved(q, seen, q, count, plan.heads, plan.headSize, thread, threads);
    meet(plan, l, thread, threads);
    mark(thread, l, ATTENTION);
    attention(
      q, layer.keys, layer.values, attended, count, plan.position + all, plan.heads, plan.kvHeads, plan.headSize,
      plan.attentionWork, thread, threads,
    );
    meet(plan, l, thread, threads);
    mark(thread, l, PROJECT_OUT);
    products(plan, matrixOf(layer, OUT), null, attended, plan.normed, count, thread, threads);
    meet(plan, l, thread, threads);
    mark(thread, l, ADD);
    zip<Sum>(x, plan.normed, x, count * width, thread, threads);
    meet(plan, l, thread, threads);
    mark(thread, l, NORM);
    rmsnorm(x, layer.ffnNorm, plan.normed, count, width, f64(plan.epsilon), thread, threads);
    meet(plan, l, thread, threads);
    const gate = matrixOf(layer, GATE);
    mark(thread, l, GATE_UP);
    products(plan, gate, null, plan.normed, plan.gated, count, thread, threads);
    meet(plan, l, thread, threads);
    mark(thread, l, GATE_UP);
    products(plan, matrixOf(layer, UP), gate, plan.normed, plan.up, count, thread, threads);
    meet(plan, l, thread, threads);
    mark(thread, l, SWIGLU);
    swiglu(plan.gated, plan.up, plan.gated, count * plan.ffn, thread, threads);
    meet(plan, l, thread, threads);
    mark(thread, l, PROJECT_DOWN);
    products(plan, matrixOf(layer, DOWN), null, plan.gated, plan.normed, count, thread, threads);
    meet(plan, l, thread, threads);
    mark(thread, l, ADD);
    zip<Sum>(x, plan.normed, x, count * width, thread, threads);
    meet(plan, l, thread, threads);
  }
  if (!plan.every) {
    project(plan, x, thread, threads);
    return;
  }
  rmsnorm(x, plan.outputNorm, plan.normed, count, width, f64(plan.epsilon), thread, threads);
  meet(plan, -1, thread, threads);
  products(plan, head(plan), null, plan.normed, plan.logits, count, thread, threads);
}

/** `rows` rows of `columns` weights as a GGUF file stores them, to `packed`. */
export function pack(address: usize, format: i32, blocks: usize, packed: usize, rows: i32, columns: i32): void {
  if (format == Q8_0) packQ8_0(blocks, packed, rows, columns, flipOf(changetype<Plan>(address).offset));
  else if (format == Q4_0) packQ4_0(blocks, packed, rows, columns);
  else packQ4_K(blocks, packed, rows, columns);
}
