/**
 * From tokens to logits and loss in WASM: products by the zoo's matrix kernel, all else by its other kernels. The architecture is
 * llama.cpp's `llama`: RMSNorm, RoPE on pairs of neighbours, grouped keys and values, SwiGLU, tied output matrix, no biases.
 */
import type { Memory, Weight } from './memory.ts';
import { EPSILON } from './shape.ts';

/** Logits for `inputs`. */
export function forward(memory: Memory): void {
  const { weights, kept, last, temporary, windows, T } = memory;
  const { products, rmsnorm, swiglu } = memory.modules;
  const { d, ffn, vocabulary } = memory.shape;
  const R = windows * T;
  const { wide } = temporary;
  /** out = x · wᵀ for all tokens. */
  const apply = ({ turned, rows, columns }: Weight, x: number, out: number): void =>
    products.product!(x, turned, out, R, rows, columns, 0, temporary.packed);
  const normalise = (x: number, { ptr }: Weight, out: number): void =>
    rmsnorm.rmsnorm!(x, ptr, out, R, d, EPSILON, 0, 1);

  for (const { ptr, turned, rows, columns } of weights.values())
    if (turned !== 0) products.transpose!(ptr, turned, rows, columns);
  const embedding = weights.get('token_embd.weight')!;
  products.lookUp!(memory.inputs.ptr, embedding.ptr, (kept[0] ?? last).x, R, d);
  for (const [i, layer] of kept.entries()) {
    const weight = (name: string): Weight => weights.get(`blk.${i}.${name}.weight`)!;
    normalise(layer.x, weight('attn_norm'), layer.normed);
    apply(weight('attn_q'), layer.normed, layer.q);
    apply(weight('attn_k'), layer.normed, layer.k);
    apply(weight('attn_v'), layer.normed, layer.v);
    attend(memory, layer);
    apply(weight('attn_output'), layer.attended, wide);
    products.add!(layer.x, wide, layer.middle, R * d);
    normalise(layer.middle, weight('ffn_norm'), layer.normed2);
    apply(weight('ffn_gate'), layer.normed2, layer.gate);
    apply(weight('ffn_up'), layer.normed2, layer.up);
    swiglu.swiglu!(layer.gate, layer.up, layer.active, R * ffn, 0, 1);
    apply(weight('ffn_down'), layer.active, wide);
    products.add!(layer.middle, wide, (kept[i + 1] ?? last).x, R * d);
  }
  normalise(last.x, weights.get('output_norm.weight')!, last.normed);
  products.product!(last.normed, embedding.turned, memory.logits.ptr, R, vocabulary, d, 0, temporary.packed);
}

/** Turns queries and keys where they lie, then attends, a window at a time. */
function attend({ modules, shape, windows, T, angles, temporary }: Memory, layer: Memory['kept'][0]): void {
  const { rope, attention } = modules;
  const { d, heads, kvHeads } = shape;
  const D = d / heads;
  for (let b = 0; b < windows; b++) {
    const at = 4 * b * T * d;
    const kvAt = 4 * b * T * D * kvHeads;
    const [q, k, v, out] = [layer.q + at, layer.k + kvAt, layer.v + kvAt, layer.attended + at];
    rope.ropeInterleaved!(q, angles.there, q, T, heads, D, 0, 1);
    rope.ropeInterleaved!(k, angles.there, k, T, kvHeads, D, 0, 1);
    attention.attention!(q, k, v, out, T, T, heads, kvHeads, D, temporary.attention, 0, 1);
  }
}

/** The mean loss of `targets` in nats, and its gradient with respect to the logits of the latest {@link forward}. */
export function loss({ modules, shape, windows, T, logits, targets, losses }: Memory): number {
  const R = windows * T;
  const call = modules['cross-entropy'].crossEntropy!;
  call(logits.ptr, targets.ptr, losses.ptr, R, shape.vocabulary, 0, 1);
  let sum = 0;
  for (const value of losses.view().subarray(0, R)) sum += value;
  return sum / R;
}
