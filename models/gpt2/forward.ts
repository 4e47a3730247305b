/**
 * A pass in plain JavaScript that makes every array anew: what the first rungs share. It is made of the kernels' variants `naive`, the
 * loops as a person writes them first: float32 arrays, sums in float64.
 */
import { attentionNaive } from '../../kernels/attention/naive.ts';
import { embeddingNaive } from '../../kernels/embedding/naive.ts';
import { geluNaive } from '../../kernels/gelu/naive.ts';
import { layernormNaive } from '../../kernels/layernorm/naive.ts';
import { NO_LAYER } from '../lib/trace.ts';
import type { Gpt2Model, Linear, Norm } from './weights.ts';

/** Keys and values, `[positions, width]` each. */
export interface KeysAndValues {
  readonly keys: Float32Array;
  readonly values: Float32Array;
}

/** What one layer keeps of earlier passes. */
export interface LayerCache {
  /** Adds those of this pass and returns all so far. */
  append(added: KeysAndValues): KeysAndValues;
}

/** `[T, width]` from the queries, keys and values of the T tokens of a pass, in layer `l`. */
export type Attend = (l: number, q: Float32Array, added: KeysAndValues) => Float32Array;

const rowsOf = (x: Float32Array, width: number) => x.length / width;

/** y[T,rows] = x[T,columns] · weightᵀ + bias, one product after the other. */
export function multiply({ rows, columns, weight, bias }: Linear, x: Float32Array): Float32Array {
  const T = rowsOf(x, columns);
  const y = new Float32Array(T * rows);
  for (let t = 0; t < T; t++) {
    for (let r = 0; r < rows; r++) {
      let sum = bias[r]!;
      for (let c = 0; c < columns; c++) sum += x[t * columns + c]! * weight[r * columns + c]!;
      y[t * rows + r] = sum;
    }
  }
  return y;
}

export function normalise(x: Float32Array, { w, b }: Norm): Float32Array {
  const out = new Float32Array(x.length);
  layernormNaive({ x, w, b }, out, { R: rowsOf(x, w.length), C: w.length });
  return out;
}

function sum(x: Float32Array, y: Float32Array): Float32Array {
  const out = new Float32Array(x.length);
  for (let i = 0; i < x.length; i++) out[i] = x[i]! + y[i]!;
  return out;
}

/** Columns [from, from + width) of rows of `stride`. */
function columns(x: Float32Array, stride: number, from: number, width: number): Float32Array {
  const out = new Float32Array(rowsOf(x, stride) * width);
  for (let t = 0; t < rowsOf(x, stride); t++)
    for (let i = 0; i < width; i++) out[t * width + i] = x[t * stride + from + i]!;
  return out;
}

function lookedUp(table: Float32Array, ids: Int32Array, width: number): Float32Array {
  const out = new Float32Array(ids.length * width);
  embeddingNaive(table, ids, out, ids.length, width);
  return out;
}

/** Each of the tokens over those before it and itself: the last of the keys is the last token's. */
function attended(q: Float32Array, { keys: k, values: v }: KeysAndValues, width: number, H: number) {
  const out = new Float32Array(q.length);
  const shape = { T: rowsOf(q, width), S: rowsOf(k, width), H, G: H, D: width / H };
  attentionNaive({ q, k, v }, out, shape);
  return out;
}

/** The residual stream `[ids.length, width]` behind the last layer, of tokens at `positions`. */
export function hiddenOf(
  { config, wte, wpe, layers, trace }: Gpt2Model,
  ids: Int32Array,
  positions: Int32Array,
  attend: Attend,
): Float32Array {
  const { width } = config;
  trace?.begin(NO_LAYER, 'embedding');
  let x = sum(lookedUp(wte, ids, width), lookedUp(wpe, positions, width));
  for (const [l, { ln1, ln2, qkv, proj, fc, down }] of layers.entries()) {
    trace?.begin(l, 'norm');
    let normed = normalise(x, ln1);
    trace?.begin(l, 'q, k, v');
    const projected = multiply(qkv, normed);
    const part = (n: number) => columns(projected, 3 * width, n * width, width);
    const [q, keys, values] = [part(0), part(1), part(2)];
    trace?.begin(l, 'attention');
    const seen = attend(l, q, { keys, values });
    trace?.begin(l, 'output projection');
    const mixed = multiply(proj, seen);
    trace?.begin(l, 'add');
    x = sum(x, mixed);
    trace?.begin(l, 'norm');
    normed = normalise(x, ln2);
    trace?.begin(l, 'up');
    const inner = multiply(fc, normed);
    trace?.begin(l, 'gelu');
    const active = new Float32Array(inner.length);
    geluNaive(inner, active);
    trace?.begin(l, 'down');
    const fed = multiply(down, active);
    trace?.begin(l, 'add');
    x = sum(x, fed);
  }
  trace?.end();
  return x;
}

/**
 * The same of one sequence.
 * @param position of the first of `ids`; all before it are in `cache`
 */
export function hidden(
  model: Gpt2Model,
  ids: Int32Array,
  position = 0,
  cache?: readonly LayerCache[],
): Float32Array {
  const { width, heads } = model.config;
  const positions = Int32Array.from(ids, (_, t) => position + t);
  return hiddenOf(model, ids, positions, (l, q, added) =>
    attended(q, cache?.[l]?.append(added) ?? added, width, heads),
  );
}

/** Logits `[T, vocabulary]` of a residual stream `[T, width]`. */
export function logitsOf({ config, lnf, head, trace }: Gpt2Model, x: Float32Array): Float32Array {
  const { vocabulary, width } = config;
  trace?.begin(NO_LAYER, 'norm');
  const normed = normalise(x, lnf);
  trace?.begin(NO_LAYER, 'head');
  const bias = new Float32Array(vocabulary);
  const logits = multiply({ rows: vocabulary, columns: width, weight: head, bias }, normed);
  trace?.end();
  return logits;
}

/** Of the last row alone. */
export function lastLogits(model: Gpt2Model, x: Float32Array): Float32Array {
  return logitsOf(model, x.subarray(x.length - model.config.width));
}
