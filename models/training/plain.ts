/**
 * The model in plain JavaScript and float64, one window at a time: the truth that the WASM model is held to, and what its gradients are
 * checked against. No loop of it is shared with the other.
 */
import { EPSILON, type ModelShape, THETA } from './shape.ts';

/** Values by name; float64 where finite differences are taken. */
export type AnyWeights = ReadonlyMap<string, Float32Array | Float64Array>;

type Rows = Float64Array[];

/** Logits of the token after each, `[T]` of `[vocabulary]`. */
export function logitsOf(shape: ModelShape, weights: AnyWeights, tokens: ArrayLike<number>): Rows {
  const { d, heads, kvHeads, ffn, layers, vocabulary } = shape;
  const D = d / heads;
  const weight = (name: string): Float32Array | Float64Array => weights.get(name)!;
  const embedding = weight('token_embd.weight');
  let x: Rows = Array.from(tokens, (id) => Float64Array.from(embedding.subarray(id * d, id * d + d)));
  for (let i = 0; i < layers; i++) {
    const of = (name: string) => weight(`blk.${i}.${name}.weight`);
    const normed = x.map((row) => normalised(row, of('attn_norm')));
    const q = normed.map((row, t) => turned(times(of('attn_q'), row, d), t, D));
    const k = normed.map((row, t) => turned(times(of('attn_k'), row, kvHeads * D), t, D));
    const v = normed.map((row) => times(of('attn_v'), row, kvHeads * D));
    const attended = attention(q, k, v, heads, kvHeads);
    x = x.map((row, t) => sum(row, times(of('attn_output'), attended[t]!, d)));
    x = x.map((row) => {
      const input = normalised(row, of('ffn_norm'));
      const up = times(of('ffn_up'), input, ffn);
      const active = times(of('ffn_gate'), input, ffn).map((g, j) => (g / (1 + Math.exp(-g))) * up[j]!);
      return sum(row, times(of('ffn_down'), active, d));
    });
  }
  return x.map((row) => times(embedding, normalised(row, weight('output_norm.weight')), vocabulary));
}

/** The loss −ln p(target) in nats. */
export function lossOf(logits: ArrayLike<number>, target: number): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) max = Math.max(max, logits[i]!);
  let total = 0;
  for (let i = 0; i < logits.length; i++) total += Math.exp(logits[i]! - max);
  return Math.log(total) + max - logits[target]!;
}

const sum = (a: Float64Array, b: Float64Array): Float64Array => a.map((v, i) => v + b[i]!);

/** w · x for `w` of `rows` rows. */
function times(w: Float32Array | Float64Array, x: Float64Array, rows: number): Float64Array {
  const C = x.length;
  const out = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    let total = 0;
    for (let c = 0, at = r * C; c < C; c++, at++) total += w[at]! * x[c]!;
    out[r] = total;
  }
  return out;
}

function normalised(x: Float64Array, gain: Float32Array | Float64Array): Float64Array {
  const mean = x.reduce((total, v) => total + v * v, 0) / x.length;
  const factor = 1 / Math.sqrt(mean + EPSILON);
  return x.map((v, i) => v * factor * gain[i]!);
}

/** Each head of `D` elements with its neighbouring pairs turned for position `t`. */
function turned(x: Float64Array, t: number, D: number): Float64Array {
  const out = new Float64Array(x.length);
  for (let i = 0; i < x.length; i += 2) {
    const angle = t * THETA ** (-(i % D) / D);
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    out[i] = x[i]! * cos - x[i + 1]! * sin;
    out[i + 1] = x[i]! * sin + x[i + 1]! * cos;
  }
  return out;
}

/** Causal; the head h of the queries reads head ⌊h kvHeads / heads⌋ of keys and values. */
function attention(q: Rows, k: Rows, v: Rows, heads: number, kvHeads: number): Rows {
  const D = q[0]!.length / heads;
  return q.map((query, t) => {
    const out = new Float64Array(query.length);
    for (let h = 0; h < heads; h++) {
      const from = Math.floor((h * kvHeads) / heads) * D;
      const scores = new Float64Array(t + 1);
      for (let s = 0; s <= t; s++) {
        let score = 0;
        for (let e = 0; e < D; e++) score += query[h * D + e]! * k[s]![from + e]!;
        scores[s] = score / Math.sqrt(D);
      }
      const max = Math.max(...scores);
      const weights = scores.map((score) => Math.exp(score - max));
      const total = weights.reduce((a, b) => a + b, 0);
      for (let s = 0; s <= t; s++)
        for (let e = 0; e < D; e++) out[h * D + e]! += (weights[s]! / total) * v[s]![from + e]!;
    }
    return out;
  });
}
