/** A Llama in plain JavaScript with a preallocated cache: float32 arrays, sums in float64. */
import { LOOPS } from '../../kernels/dequant/loops.ts';
import type { ScopeHook } from '../../kernels/kernel.ts';
import { QUANTS, type Quant } from '../../kernels/lib/quant.ts';
import { ropeAngle } from '../../kernels/rope/tables.ts';
import { checkPass } from '../lib/bounds.ts';
import { NO_LAYER, PassTrace } from '../lib/trace.ts';
import { type LlamaConfig, MATRICES, type MatrixName, matrixShape } from './config.ts';
import type { LlamaWeights, StoredTensor } from './weights.ts';

/** Rows of weights in float32: kept, or made anew from their blocks each time they are asked for. */
export interface Rows {
  readonly rows: number;
  readonly columns: number;
  /** A view that the next call may overwrite. */
  row(n: number): Float32Array;
}

/** Float32 weights. */
export function keptRows(weights: Float32Array, rows: number, columns: number): Rows {
  return { rows, columns, row: (n) => weights.subarray(n * columns, (n + 1) * columns) };
}

/** Each row is dequantised when it is asked for. */
export function dequantisedRows({ type, bytes }: StoredTensor, rows: number, columns: number): Rows {
  if (type === 'f32') return keptRows(new Float32Array(bytes.buffer, bytes.byteOffset), rows, columns);
  const loop = LOOPS[type as Quant];
  const { block, bytes: blockBytes } = QUANTS[type as Quant];
  const blocks = columns / block;
  const out = new Float32Array(columns);
  return {
    rows,
    columns,
    row(n) {
      loop(bytes.subarray(n * blocks * blockBytes, (n + 1) * blocks * blockBytes), out, 0, blocks);
      return out;
    },
  };
}

/** How a matrix of the model is made into rows. */
export type MakeRows = (weights: LlamaWeights, name: string, rows: number, columns: number) => Promise<Rows>;

export const KEPT: MakeRows = async (weights, name, rows, columns) =>
  keptRows(await weights.floats(name), rows, columns);
export const DEQUANTISED: MakeRows = async (weights, name, rows, columns) =>
  dequantisedRows(await weights.read(name), rows, columns);

interface Layer {
  readonly attentionNorm: Float32Array;
  readonly ffnNorm: Float32Array;
  readonly matrices: Readonly<Record<MatrixName, Rows>>;
}

/** Arrays of keys and values of one layer, `[places, kvHeads · headSize]`; keys are turned. */
export interface KeysAndValues {
  readonly keys: Float32Array;
  readonly values: Float32Array;
}

/** Where a sequence keeps its keys and values: positions lie side by side in runs of `run`. */
export interface PlacedCache {
  readonly run: number;
  /** In the order of the layers. */
  readonly layers: readonly KeysAndValues[];
  /** The place of a position that is about to be written, in all layers. @throws RangeError where there is no room for it */
  take(position: number): number;
  /** The place of a position that begins a run. */
  placeOf(position: number): number;
}

export interface JsOptions {
  /** Told of the steps of each pass. */
  readonly scopes?: ScopeHook | undefined;
  /** Of the first sequence; default: a slab of its own. */
  readonly cache?: PlacedCache;
}

/** One run with room for `capacity` positions: every position is its own place. */
export function slab({ layers, kvHeads, headSize }: LlamaConfig, capacity: number): PlacedCache {
  const part = () => new Float32Array(capacity * kvHeads * headSize);
  const room = { batch: 1, capacity };
  return {
    run: capacity,
    layers: Array.from({ length: layers }, () => ({ keys: part(), values: part() })),
    take(position) {
      checkPass(1, position, room);
      return position;
    },
    placeOf: () => 0,
  };
}

export class LlamaJs {
  readonly config: LlamaConfig;
  /** Of the sequence that the next step continues. */
  cache: PlacedCache;
  readonly logits: Float32Array;
  readonly #embedding: Rows;
  readonly #head: Rows;
  readonly #outputNorm: Float32Array;
  readonly #layers: readonly Layer[];
  /** Working space; nothing is allocated in a step. */
  readonly #x: Float32Array;
  readonly #normed: Float32Array;
  readonly #q: Float32Array;
  readonly #attended: Float32Array;
  readonly #gate: Float32Array;
  readonly #up: Float32Array;
  readonly #scores: Float32Array;
  readonly #trace: PassTrace | undefined;

  private constructor(
    config: LlamaConfig,
    capacity: number,
    cache: PlacedCache,
    parts: { embedding: Rows; head: Rows; outputNorm: Float32Array; layers: readonly Layer[] },
    scopes: ScopeHook | undefined,
  ) {
    const { width, ffn, heads, headSize, vocabulary } = config;
    this.config = config;
    this.#embedding = parts.embedding;
    this.#head = parts.head;
    this.#outputNorm = parts.outputNorm;
    this.#layers = parts.layers;
    this.logits = new Float32Array(vocabulary);
    this.#x = new Float32Array(width);
    this.#normed = new Float32Array(width);
    this.#q = new Float32Array(heads * headSize);
    this.#attended = new Float32Array(heads * headSize);
    this.#gate = new Float32Array(ffn);
    this.#up = new Float32Array(ffn);
    this.#scores = new Float32Array(capacity);
    this.cache = cache;
    this.#trace = scopes && new PassTrace(scopes, config.layers);
  }

  /** @param capacity positions that a sequence may have */
  static async load(
    weights: LlamaWeights,
    capacity: number,
    make: MakeRows,
    { scopes, cache = slab(weights.config, capacity) }: JsOptions = {},
  ): Promise<LlamaJs> {
    const { config } = weights;
    const { layers: count, width, vocabulary } = config;
    const layers: Layer[] = [];
    for (let l = 0; l < count; l++) {
      const matrices: [MatrixName, Rows][] = [];
      for (const name of MATRICES)
        matrices.push([name, await make(weights, `blk.${l}.${name}.weight`, ...matrixShape(config, name))]);
      layers.push({
        attentionNorm: await weights.floats(`blk.${l}.attn_norm.weight`),
        ffnNorm: await weights.floats(`blk.${l}.ffn_norm.weight`),
        matrices: Object.fromEntries(matrices) as Record<MatrixName, Rows>,
      });
    }
    const parts = {
      embedding: await make(weights, 'token_embd.weight', vocabulary, width),
      head: await make(weights, weights.head, vocabulary, width),
      outputNorm: await weights.floats('output_norm.weight'),
      layers,
    };
    return new LlamaJs(config, capacity, cache, parts, scopes);
  }

  /** One layer's part of the cache. */
  layer(l: number): KeysAndValues {
    return this.cache.layers[l]!;
  }

  /** One token at `position`, whose keys and values the cache then has. Without `last` no logits are made. */
  decode(token: number, position: number, last = true): void {
    const { width, heads, kvHeads, headSize, epsilon } = this.config;
    const x = this.#x;
    const trace = this.#trace;
    trace?.begin(NO_LAYER, 'embedding');
    x.set(this.#embedding.row(token));
    const at = this.cache.take(position) * kvHeads * headSize;
    for (const [l, { attentionNorm, ffnNorm, matrices }] of this.#layers.entries()) {
      const { keys, values } = this.layer(l);
      const [k, v] = [keys.subarray(at), values.subarray(at)];
      trace?.begin(l, 'norm');
      normalise(x, attentionNorm, this.#normed, epsilon);
      trace?.begin(l, 'q, k, v');
      multiply(matrices.attn_q, this.#normed, this.#q);
      multiply(matrices.attn_k, this.#normed, k);
      multiply(matrices.attn_v, this.#normed, v);
      trace?.begin(l, 'rope');
      this.#turn(this.#q, heads, position);
      this.#turn(k, kvHeads, position);
      trace?.begin(l, 'attention');
      this.#attend(keys, values, position + 1);
      trace?.begin(l, 'output projection');
      multiply(matrices.attn_output, this.#attended, this.#normed);
      trace?.begin(l, 'add');
      for (let i = 0; i < width; i++) x[i]! += this.#normed[i]!;
      trace?.begin(l, 'norm');
      normalise(x, ffnNorm, this.#normed, epsilon);
      trace?.begin(l, 'gate + up');
      multiply(matrices.ffn_gate, this.#normed, this.#gate);
      multiply(matrices.ffn_up, this.#normed, this.#up);
      trace?.begin(l, 'swiglu');
      for (let i = 0; i < this.#gate.length; i++) {
        const gate = this.#gate[i]!;
        this.#gate[i] = (gate / (1 + Math.exp(-gate))) * this.#up[i]!;
      }
      trace?.begin(l, 'down');
      multiply(matrices.ffn_down, this.#gate, this.#normed);
      trace?.begin(l, 'add');
      for (let i = 0; i < width; i++) x[i]! += this.#normed[i]!;
    }
    if (last) {
      trace?.begin(NO_LAYER, 'norm');
      normalise(x, this.#outputNorm, this.#normed, epsilon);
      trace?.begin(NO_LAYER, 'head');
      multiply(this.#head, this.#normed, this.logits);
    }
    trace?.end();
  }

  #turn(x: Float32Array, heads: number, position: number): void {
    const { headSize, ropeBase } = this.config;
    for (let i = 0; i < headSize; i += 2) {
      const angle = ropeAngle(position, i / 2, headSize, ropeBase);
      const cos = Math.cos(angle);
      const sin = Math.sin(angle);
      for (let at = i; at < heads * headSize; at += headSize) {
        const a = x[at]!;
        const b = x[at + 1]!;
        x[at] = a * cos - b * sin;
        x[at + 1] = a * sin + b * cos;
      }
    }
  }

  #attend(keys: Float32Array, values: Float32Array, seen: number): void {
    const { heads, kvHeads, headSize } = this.config;
    const { cache } = this;
    const scores = this.#scores;
    const factor = 1 / Math.sqrt(headSize);
    const step = kvHeads * headSize;
    for (let h = 0; h < heads; h++) {
      const at = h * headSize;
      const group = Math.floor((h * kvHeads) / heads) * headSize;
      let highest = Number.NEGATIVE_INFINITY;
      for (let first = 0; first < seen; first += cache.run) {
        const end = Math.min(seen, first + cache.run);
        let row = cache.placeOf(first) * step + group;
        for (let s = first; s < end; s++, row += step) {
          let sum = 0;
          for (let i = 0, k = row; i < headSize; i++, k++) sum += this.#q[at + i]! * keys[k]!;
          scores[s] = sum * factor;
          if (scores[s]! > highest) highest = scores[s]!;
        }
      }
      let total = 0;
      for (let s = 0; s < seen; s++) {
        scores[s] = Math.exp(scores[s]! - highest);
        total += scores[s]!;
      }
      this.#attended.fill(0, at, at + headSize);
      for (let first = 0; first < seen; first += cache.run) {
        const end = Math.min(seen, first + cache.run);
        let row = cache.placeOf(first) * step + group;
        for (let s = first; s < end; s++, row += step) {
          const weight = scores[s]! / total;
          for (let i = 0, v = row; i < headSize; i++, v++) this.#attended[at + i]! += weight * values[v]!;
        }
      }
    }
  }
}

/** y[rows] = w · x; four sums, so that additions need not wait for each other. */
function multiply(w: Rows, x: Float32Array, y: Float32Array): void {
  const { rows, columns } = w;
  const whole = columns - (columns % 4);
  for (let n = 0; n < rows; n++) {
    const row = w.row(n);
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let k = 0; k < whole; k += 4) {
      a += row[k]! * x[k]!;
      b += row[k + 1]! * x[k + 1]!;
      c += row[k + 2]! * x[k + 2]!;
      d += row[k + 3]! * x[k + 3]!;
    }
    for (let k = whole; k < columns; k++) a += row[k]! * x[k]!;
    y[n] = a + b + (c + d);
  }
}

function normalise(x: Float32Array, weight: Float32Array, out: Float32Array, epsilon: number): void {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * x[i]!;
  const factor = 1 / Math.sqrt(sum / x.length + epsilon);
  for (let i = 0; i < x.length; i++) out[i] = x[i]! * factor * weight[i]!;
}
