/** A GPT-2 in float64, as the papers write it: what every variant is compared with. No variant imports this file. */
import { erfc } from '../../kernels/gelu/reference.ts';
import type { Generation } from '../lib/expected.ts';
import type { Gpt2Model, Linear, Norm } from './weights.ts';

/** Added to the variance, inside the root (`layer_norm_epsilon` of GPT-2). */
const EPSILON = 1e-5;

/** Of each layer the key and the value of every position so far. */
export type Cache = readonly { readonly keys: Float64Array[]; readonly values: Float64Array[] }[];

export const emptyCache = ({ layers }: Gpt2Model): Cache => layers.map(() => ({ keys: [], values: [] }));

/**
 * The logits of the token after one more, which joins the cache. Radford et al., "Language models are unsupervised multitask learners"
 * (2019): LayerNorm in front of each part, learned positions; GELU by its definition.
 */
export function step(model: Gpt2Model, token: number, cache: Cache) {
  const { config, wte, wpe, layers, lnf, head } = model;
  const { width, heads, vocabulary } = config;
  const position = cache[0]!.keys.length;
  let x = Float64Array.from(
    { length: width },
    (_, i) => wte[token * width + i]! + wpe[position * width + i]!,
  );
  for (const [l, { ln1, ln2, qkv, proj, fc, down }] of layers.entries()) {
    const projected = product(qkv, normalised(x, ln1));
    const { keys, values } = cache[l]!;
    keys.push(projected.slice(width, 2 * width));
    values.push(projected.slice(2 * width));
    const attended = attention(projected.slice(0, width), keys, values, heads);
    x = sum(x, product(proj, attended));
    const hidden = product(fc, normalised(x, ln2)).map((v) => 0.5 * v * erfc(-v / Math.SQRT2));
    x = sum(x, product(down, hidden));
  }
  const none = new Float32Array(vocabulary);
  return product({ rows: vocabulary, columns: width, weight: head, bias: none }, normalised(x, lnf));
}

/** Greedy: each token is the one with the largest logit, the first of equal ones. */
export function generate(model: Gpt2Model, prompt: ArrayLike<number>, count: number): Generation {
  const cache = emptyCache(model);
  const tokens: number[] = [];
  const all: Float64Array[] = [];
  for (let t = 0; t < prompt.length - 1; t++) step(model, prompt[t]!, cache);
  let logits = step(model, prompt[prompt.length - 1]!, cache);
  while (true) {
    all.push(logits);
    tokens.push(logits.indexOf(Math.max(...logits)));
    if (tokens.length === count) return { logits: all, tokens };
    logits = step(model, tokens.at(-1)!, cache);
  }
}

function normalised(x: Float64Array, { w, b }: Norm): Float64Array {
  const mean = x.reduce((sum, v) => sum + v, 0) / x.length;
  const variance = x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / x.length;
  return x.map((v, i) => ((v - mean) / Math.sqrt(variance + EPSILON)) * w[i]! + b[i]!);
}

function product({ rows, columns, weight, bias }: Linear, x: Float64Array) {
  const y = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    let sum = bias[r]!;
    for (let c = 0; c < columns; c++) sum += weight[r * columns + c]! * x[c]!;
    y[r] = sum;
  }
  return y;
}

const sum = (x: Float64Array, y: Float64Array) => x.map((v, i) => v + y[i]!);

function attention(q: Float64Array, keys: Float64Array[], values: Float64Array[], heads: number) {
  const out = new Float64Array(q.length);
  const size = q.length / heads;
  for (let h = 0; h < heads; h++) {
    const own = Array.from({ length: size }, (_, i) => h * size + i);
    const scores = keys.map((key) => own.reduce((sum, i) => sum + q[i]! * key[i]!, 0) / Math.sqrt(size));
    const highest = Math.max(...scores);
    const weights = scores.map((score) => Math.exp(score - highest));
    const total = weights.reduce((sum, v) => sum + v, 0);
    for (const i of own)
      out[i] = weights.reduce((sum, weight, s) => sum + weight * values[s]![i]!, 0) / total;
  }
  return out;
}
