/** From the gradient of the logits to that of every weight, in WASM. */
import type { Kept, Memory, Weight } from './memory.ts';
import { EPSILON } from './shape.ts';

/** The gradients of the mean loss, after `forward` and `loss`. */
export function backward(memory: Memory): void {
  const { weights, windows, T, last, modules } = memory;
  const { products, swiglu } = modules;
  const { d, ffn, vocabulary } = memory.shape;
  const R = windows * T;
  const { dx, wide, wide2, dk, dv, hidden, hidden2, turned, packed } = memory.temporary;
  const embedding = weights.get('token_embd.weight')!;
  const dLogits = memory.losses.ptr + 4 * R;
  products.product!(dLogits, embedding.ptr, wide, R, d, vocabulary, 0, packed);
  normBack(memory, weights.get('output_norm.weight')!, last.x, wide, dx);
  for (const [i, kept] of [...memory.kept.entries()].reverse()) {
    const weight = (name: string): Weight => weights.get(`blk.${i}.${name}.weight`)!;
    back(memory, weight('ffn_down'), kept.active, dx, hidden);
    // With h, what `active` gets: `up` gets silu(gate) h, and `gate` up · silu′(gate) h.
    swiglu.swiglu!(kept.gate, hidden, hidden2, R * ffn, 0, 1);
    back(memory, weight('ffn_up'), kept.normed2, hidden2, wide);
    products.multiply!(kept.up, hidden, hidden, R * ffn);
    modules['silu-backward'].siluBackward!(kept.gate, hidden, hidden, R * ffn, 0, 1);
    back(memory, weight('ffn_gate'), kept.normed2, hidden, wide, true);
    normBack(memory, weight('ffn_norm'), kept.middle, wide, wide2);
    products.add!(dx, wide2, dx, R * d);

    back(memory, weight('attn_output'), kept.attended, dx, wide);
    attentionBack(memory, kept, wide, wide2);
    back(memory, weight('attn_q'), kept.normed, wide2, wide);
    back(memory, weight('attn_k'), kept.normed, dk, wide, true);
    back(memory, weight('attn_v'), kept.normed, dv, wide, true);
    normBack(memory, weight('attn_norm'), kept.x, wide, wide2);
    products.add!(dx, wide2, dx, R * d);
  }
  // The embedding has two parts to play: rows that are looked up, then the output matrix.
  const embeddingBackward = modules['embedding-backward'].embeddingBackward!;
  embeddingBackward(memory.inputs.ptr, dx, embedding.g, R, vocabulary, d, 0, 1);
  products.transpose!(dLogits, turned, R, vocabulary);
  products.product!(turned, last.normed, embedding.g, vocabulary, d, R, 1, packed);
}

/** From the gradient `dy` of y = x · wᵀ: w's is dyᵀ · x, and x's is dy · w, which goes to `dx` or with `add` on top of it. */
function back(
  { modules, windows, T, temporary }: Memory,
  { ptr, g, rows, columns }: Weight,
  x: number,
  dy: number,
  dx: number,
  add = false,
): void {
  const R = windows * T;
  const { turned, packed } = temporary;
  modules.products.product!(dy, ptr, dx, R, columns, rows, add ? 1 : 0, packed);
  modules.products.transpose!(dy, turned, R, rows);
  modules.products.product!(turned, x, g, rows, columns, R, 0, packed);
}

/** The same for a norm; `g` is where the kernel's only thread adds up its part. */
function normBack(
  { modules, windows, T, shape }: Memory,
  { ptr, g }: Weight,
  x: number,
  dy: number,
  dx: number,
): void {
  modules['rmsnorm-backward'].rows!(x, ptr, dy, dx, g, windows * T, shape.d, EPSILON, 0, 1);
}

/** From the gradient `dy` of attention's result to those of queries, to `dq`, keys and values before they were turned. */
function attentionBack(
  { modules, shape, windows, T, temporary, angles }: Memory,
  { q, k, v }: Kept,
  dy: number,
  dq: number,
): void {
  const { products, rope } = modules;
  const { d, heads, kvHeads } = shape;
  const D = d / heads;
  const { row, dk, dv } = temporary;
  const part = (n: number): number => temporary.heads + 4 * n * T * d;
  for (let b = 0; b < windows; b++) {
    const at = 4 * b * T * d;
    const kvAt = 4 * b * T * D * kvHeads;
    // The kernel has a head of keys and values for every head of queries.
    products.splitHeads!(q + at, part(0), T, heads, heads, D);
    products.splitHeads!(k + kvAt, part(1), T, heads, kvHeads, D);
    products.splitHeads!(v + kvAt, part(2), T, heads, kvHeads, D);
    products.splitHeads!(dy + at, part(3), T, heads, heads, D);
    const attentionBackward = modules['attention-backward'].attentionBackward!;
    attentionBackward(part(0), part(1), part(2), part(3), part(4), row, heads, T, D, 0, 1);
    products.joinHeads!(part(4), dq + at, T, heads, heads, D);
    products.joinHeads!(part(5), dk + kvAt, T, heads, kvHeads, D);
    products.joinHeads!(part(6), dv + kvAt, T, heads, kvHeads, D);
    rope.ropeInterleaved!(dq + at, angles.back, dq + at, T, heads, D, 0, 1);
    rope.ropeInterleaved!(dk + kvAt, angles.back, dk + kvAt, T, kvHeads, D, 0, 1);
  }
}
