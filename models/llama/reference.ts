/** A Llama in float64, as the papers write it: what every variant is compared with. No variant imports this file. */
import type { Generation } from '../lib/expected.ts';
import { type Product, plainProduct } from './product.ts';
import type { LlamaTensors } from './weights.ts';

/** Keys (turned) and values of one layer: `[positions, kvHeads · headSize]`. */
export interface LayerCache {
  readonly keys: Float64Array;
  readonly values: Float64Array;
}

export interface Pass {
  /** Of the last token. */
  readonly logits: Float64Array;
  /** Of the tokens of this pass alone, in each layer. */
  readonly added: readonly LayerCache[];
}

/** How its products are computed, where not by {@link plainProduct}. */
type Multiplied = LlamaTensors & { readonly product?: Product };

/**
 * `tokens` after what `cache` holds (for each layer, `position` positions).
 * Zhang & Sennrich 2019 (RMSNorm), Su et al. 2021 (RoPE), Shazeer 2020 (SwiGLU), Ainslie et al. 2023 (grouped queries).
 */
export function forward(
  { config, embedding, head, outputNorm, layers, product = plainProduct }: Multiplied,
  tokens: ArrayLike<number>,
  position = 0,
  cache?: readonly LayerCache[],
): Pass {
  const { width, ffn, heads, kvHeads, headSize, vocabulary, epsilon } = config;
  const T = tokens.length;
  const kvWidth = kvHeads * headSize;
  const x = new Float64Array(T * width);
  for (let t = 0; t < T; t++)
    x.set(embedding.subarray(tokens[t]! * width, (tokens[t]! + 1) * width), t * width);
  const added: LayerCache[] = [];
  for (const [l, layer] of layers.entries()) {
    const normed = normalised(x, layer.attn_norm, width, epsilon);
    const q = product(normed, layer.attn_q, T, heads * headSize, width);
    const k = product(normed, layer.attn_k, T, kvWidth, width);
    const v = product(normed, layer.attn_v, T, kvWidth, width);
    turn(q, T, heads, headSize, position, config.ropeBase);
    turn(k, T, kvHeads, headSize, position, config.ropeBase);
    added.push({ keys: k, values: v });
    const keys = joined(cache?.[l]?.keys, k);
    const values = joined(cache?.[l]?.values, v);
    const attended = attention(q, keys, values, T, position, heads, kvHeads, headSize);
    add(x, product(attended, layer.attn_output, T, width, heads * headSize));
    const inner = normalised(x, layer.ffn_norm, width, epsilon);
    const gate = product(inner, layer.ffn_gate, T, ffn, width);
    const up = product(inner, layer.ffn_up, T, ffn, width);
    for (let i = 0; i < gate.length; i++) gate[i] = (gate[i]! / (1 + Math.exp(-gate[i]!))) * up[i]!;
    add(x, product(gate, layer.ffn_down, T, width, ffn));
  }
  const last = normalised(x.subarray((T - 1) * width), outputNorm, width, epsilon);
  return { logits: product(last, head, 1, vocabulary, width), added };
}

/** Greedy: each token is the one with the largest logit, the first of equal ones. */
export function generate(tensors: LlamaTensors, prompt: ArrayLike<number>, count: number): Generation {
  const tokens: number[] = [];
  const all: Float64Array[] = [];
  let pass = forward(tensors, prompt);
  let cache = pass.added;
  for (let position = prompt.length; ; position++) {
    all.push(pass.logits);
    tokens.push(pass.logits.indexOf(pass.logits.reduce((a, b) => Math.max(a, b))));
    if (tokens.length === count) return { logits: all, tokens };
    pass = forward(tensors, tokens.slice(-1), position, cache);
    const { added } = pass;
    cache = cache.map(({ keys, values }, l) => ({
      keys: joined(keys, added[l]!.keys),
      values: joined(values, added[l]!.values),
    }));
  }
}

function normalised(x: Float64Array, weight: Float32Array, width: number, epsilon: number): Float64Array {
  const out = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += width) {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += x[start + i]! ** 2;
    const factor = 1 / Math.sqrt(sum / width + epsilon);
    for (let i = 0; i < width; i++) out[start + i] = x[start + i]! * factor * weight[i]!;
  }
  return out;
}

/** Neighbouring pairs of every head. */
function turn(
  x: Float64Array,
  T: number,
  heads: number,
  headSize: number,
  position: number,
  base: number,
): void {
  for (let t = 0; t < T; t++) {
    for (let i = 0; i < headSize; i += 2) {
      const angle = (position + t) * base ** (-i / headSize);
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      for (let h = 0; h < heads; h++) {
        const at = (t * heads + h) * headSize + i;
        const [a, b] = [x[at]!, x[at + 1]!];
        x[at] = a * cos - b * sin;
        x[at + 1] = a * sin + b * cos;
      }
    }
  }
}

/** Token t sees positions up to its own. */
function attention(
  q: Float64Array,
  keys: Float64Array,
  values: Float64Array,
  T: number,
  position: number,
  heads: number,
  kvHeads: number,
  headSize: number,
): Float64Array {
  const out = new Float64Array(q.length);
  for (let t = 0; t < T; t++) {
    const seen = position + t + 1;
    const scores = new Float64Array(seen);
    for (let h = 0; h < heads; h++) {
      const at = (t * heads + h) * headSize;
      const group = Math.floor((h * kvHeads) / heads) * headSize;
      let highest = Number.NEGATIVE_INFINITY;
      for (let s = 0; s < seen; s++) {
        const key = s * kvHeads * headSize + group;
        let sum = 0;
        for (let i = 0; i < headSize; i++) sum += q[at + i]! * keys[key + i]!;
        scores[s] = sum / Math.sqrt(headSize);
        highest = Math.max(highest, scores[s]!);
      }
      let total = 0;
      for (let s = 0; s < seen; s++) total += scores[s] = Math.exp(scores[s]! - highest);
      for (let s = 0; s < seen; s++) {
        const value = s * kvHeads * headSize + group;
        for (let i = 0; i < headSize; i++) out[at + i]! += (scores[s]! / total) * values[value + i]!;
      }
    }
  }
  return out;
}

function joined(before: Float64Array | undefined, after: Float64Array): Float64Array {
  if (!before) return after;
  const out = new Float64Array(before.length + after.length);
  out.set(before);
  out.set(after, before.length);
  return out;
}

function add(x: Float64Array, y: Float64Array): void {
  for (let i = 0; i < x.length; i++) x[i]! += y[i]!;
}
