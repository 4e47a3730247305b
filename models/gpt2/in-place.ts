import { geluRational } from '../../kernels/gelu/blocked.ts';
import { geluNaive } from '../../kernels/gelu/naive.ts';
import { defineVariant } from '../../kernels/kernel.ts';
import { layernormNaive } from '../../kernels/layernorm/naive.ts';
import { jsGeneration, Output } from '../lib/generation.ts';
import { NO_LAYER } from '../lib/trace.ts';
import type { Gpt2Config } from './config.ts';
import type { GenerateInput, GenerateShape } from './input.ts';
import type { Gpt2Model, Layer, Linear, Norm } from './weights.ts';
import { positionsOf } from './work.ts';

/** How the two parts of a pass that take most of its time are done. */
interface Loops {
  /** y[rows] = weight · x[columns] + bias */
  multiply(linear: Linear, x: Float32Array, y: Float32Array): void;
  /** x = gelu(x) */
  gelu(x: Float32Array): void;
}

/** What a norm reads and writes, kept: an object for each call is what a step would allocate. */
interface PlacedNorm extends Norm {
  readonly x: Float32Array;
}

interface PlacedLayer {
  readonly layer: Layer;
  readonly ln1: PlacedNorm;
  readonly ln2: PlacedNorm;
  /** `[capacity, width]` */
  readonly keys: Float32Array;
  readonly values: Float32Array;
}

/** A model with its cache and all arrays of a step: one token at a time, and nothing is allocated. */
export class Gpt2InPlace {
  readonly logits: Float32Array;
  readonly #model: Gpt2Model;
  readonly #config: Gpt2Config;
  readonly #loops: Loops;
  readonly #layers: readonly PlacedLayer[];
  readonly #lnf: PlacedNorm;
  readonly #head: Linear;
  readonly #row: { readonly R: number; readonly C: number };
  readonly #x: Float32Array;
  readonly #normed: Float32Array;
  readonly #qkv: Float32Array;
  readonly #attended: Float32Array;
  readonly #inner: Float32Array;
  readonly #scores: Float32Array;

  /** @param capacity positions that the cache has room for */
  constructor(model: Gpt2Model, capacity: number, loops: Loops) {
    const { vocabulary, width } = model.config;
    this.#model = model;
    this.#config = model.config;
    this.#loops = loops;
    this.logits = new Float32Array(vocabulary);
    this.#x = new Float32Array(width);
    this.#normed = new Float32Array(width);
    this.#qkv = new Float32Array(3 * width);
    this.#attended = new Float32Array(width);
    this.#inner = new Float32Array(4 * width);
    this.#scores = new Float32Array(capacity);
    this.#row = { R: 1, C: width };
    const x = this.#x;
    this.#layers = model.layers.map((layer) => ({
      layer,
      ln1: { x, ...layer.ln1 },
      ln2: { x, ...layer.ln2 },
      keys: new Float32Array(capacity * width),
      values: new Float32Array(capacity * width),
    }));
    this.#lnf = { x, ...model.lnf };
    const bias = new Float32Array(vocabulary);
    this.#head = { rows: vocabulary, columns: width, weight: model.head, bias };
  }

  /** One token at `position`, whose keys and values the cache then has. Without `last` no logits are made. */
  step(token: number, position: number, last: boolean): void {
    const { width } = this.#config;
    const { wte, wpe, trace } = this.#model;
    const { multiply, gelu } = this.#loops;
    const x = this.#x;
    const normed = this.#normed;
    const qkv = this.#qkv;
    const inner = this.#inner;
    trace?.begin(NO_LAYER, 'embedding');
    // The position is a row of its table: no list of positions, and no mask, as a token sees the cache and nothing else.
    for (let i = 0; i < width; i++) x[i] = wte[token * width + i]! + wpe[position * width + i]!;
    for (let l = 0; l < this.#layers.length; l++) {
      const { layer, ln1, ln2, keys, values } = this.#layers[l]!;
      trace?.begin(l, 'norm');
      layernormNaive(ln1, normed, this.#row);
      trace?.begin(l, 'q, k, v');
      multiply(layer.qkv, normed, qkv);
      const at = position * width;
      for (let i = 0; i < width; i++) {
        keys[at + i] = qkv[width + i]!;
        values[at + i] = qkv[2 * width + i]!;
      }
      trace?.begin(l, 'attention');
      this.#attend(keys, values, position + 1);
      trace?.begin(l, 'output projection');
      multiply(layer.proj, this.#attended, normed);
      trace?.begin(l, 'add');
      for (let i = 0; i < width; i++) x[i]! += normed[i]!;
      trace?.begin(l, 'norm');
      layernormNaive(ln2, normed, this.#row);
      trace?.begin(l, 'up');
      multiply(layer.fc, normed, inner);
      trace?.begin(l, 'gelu');
      gelu(inner);
      trace?.begin(l, 'down');
      multiply(layer.down, inner, normed);
      trace?.begin(l, 'add');
      for (let i = 0; i < width; i++) x[i]! += normed[i]!;
    }
    if (last) {
      trace?.begin(NO_LAYER, 'norm');
      layernormNaive(this.#lnf, normed, this.#row);
      trace?.begin(NO_LAYER, 'head');
      multiply(this.#head, normed, this.logits);
    }
    trace?.end();
  }

  #attend(keys: Float32Array, values: Float32Array, seen: number): void {
    const { width, heads } = this.#config;
    const size = width / heads;
    const q = this.#qkv;
    const scores = this.#scores;
    const out = this.#attended;
    const factor = 1 / Math.sqrt(size);
    for (let h = 0; h < heads; h++) {
      const from = h * size;
      let highest = Number.NEGATIVE_INFINITY;
      for (let s = 0; s < seen; s++) {
        let sum = 0;
        for (let i = from; i < from + size; i++) sum += q[i]! * keys[s * width + i]!;
        scores[s] = sum * factor;
        if (scores[s]! > highest) highest = scores[s]!;
      }
      let total = 0;
      for (let s = 0; s < seen; s++) {
        scores[s] = Math.exp(scores[s]! - highest);
        total += scores[s]!;
      }
      for (let i = from; i < from + size; i++) {
        let sum = 0;
        for (let s = 0; s < seen; s++) sum += scores[s]! * values[s * width + i]!;
        out[i] = sum / total;
      }
    }
  }
}

const PLAIN: Loops = {
  multiply({ rows, columns, weight, bias }, x, y) {
    for (let r = 0; r < rows; r++) {
      let sum = bias[r]!;
      for (let c = 0; c < columns; c++) sum += x[c]! * weight[r * columns + c]!;
      y[r] = sum;
    }
  },
  gelu: (x) => geluNaive(x, x),
};

const BLOCKED: Loops = {
  multiply({ rows, columns, weight, bias }, x, y) {
    const whole = rows - (rows % 4);
    for (let r = 0; r < whole; r += 4) {
      const first = r * columns;
      let a = bias[r]!;
      let b = bias[r + 1]!;
      let c = bias[r + 2]!;
      let d = bias[r + 3]!;
      for (let k = 0; k < columns; k++) {
        const v = x[k]!;
        a += v * weight[first + k]!;
        b += v * weight[first + columns + k]!;
        c += v * weight[first + 2 * columns + k]!;
        d += v * weight[first + 3 * columns + k]!;
      }
      y[r] = a;
      y[r + 1] = b;
      y[r + 2] = c;
      y[r + 3] = d;
    }
    for (let r = whole; r < rows; r++) {
      let sum = bias[r]!;
      for (let k = 0; k < columns; k++) sum += x[k]! * weight[r * columns + k]!;
      y[r] = sum;
    }
  },
  gelu: (x) => geluRational(x, x, 0, x.length),
};

const stepping = (name: string, idea: string, loops: Loops, ledger?: readonly string[]) =>
  defineVariant<GenerateInput, GenerateShape>({
    name,
    backend: 'js',
    idea,
    ...(ledger ? { ledger } : {}),
    prepare(input, { tokens }, { scopes }) {
      const { prompt } = input;
      const model = input.model.tracedBy(scopes);
      const output = new Output(model.config, tokens);
      const gpt2 = new Gpt2InPlace(model, positionsOf(prompt.length, tokens), loops);
      return jsGeneration(output, () => {
        for (let t = 0; t < prompt.length; t++) gpt2.step(prompt[t]!, t, t === prompt.length - 1);
        for (let i = 0; ; i++) {
          const token = output.choose(i, gpt2.logits);
          if (i === tokens - 1) return;
          gpt2.step(token, prompt.length + i, true);
        }
      });
    },
  });

export const inPlace = stepping(
  'in-place',
  'a step writes to arrays that were made before, reads its position as a row of its table, and needs no mask: nothing is allocated',
  PLAIN,
  ['S1-4', 'S1-8', 'S4-8', 'S4-13', 'S4-16'],
);

export const blocked = stepping(
  'blocked',
  'four rows of a matrix at once, so that four sums need not wait for each other, and GELU without an exponential',
  BLOCKED,
);
