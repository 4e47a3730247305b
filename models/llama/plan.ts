/** What simd.as.ts reads: the words of its classes `Plan`, `Matrix` and `Layer`, in their order. */
import type { Tensor } from '../../kernels/lib/arena.ts';

export const PLAN = [
  ...(['layers', 'width', 'ffn', 'heads', 'kvHeads', 'headSize', 'epsilon'] as const),
  ...(['count', 'tokens', 'position', 'every', 'split', 'offset', 'gate', 'angles'] as const),
  ...(['x', 'normed', 'q', 'attended', 'gated', 'up', 'logits'] as const),
  ...(['attendWork', 'attentionWork', 'productWork', 'outputNorm', 'parts'] as const),
] as const;
export type PlanWords = Readonly<Record<(typeof PLAN)[number], number>>;

export const MATRIX = ['format', 'data', 'rows', 'columns'] as const;
export type MatrixWords = Readonly<Record<(typeof MATRIX)[number], number>>;

export const LAYER = ['attentionNorm', 'ffnNorm', 'keys', 'values'] as const;
export type LayerWords = Readonly<Record<(typeof LAYER)[number], number>> & {
  /** In the order of `MATRICES` in config.ts. */
  readonly matrices: readonly MatrixWords[];
};

/** Words of a plan: itself, the embedding, the head, the layers. */
export function planWords(layers: number, matrices: number): number {
  return PLAN.length + 2 * MATRIX.length + layers * (LAYER.length + matrices * MATRIX.length);
}

/** `epsilon` is the one word that is a float. */
const FLOAT = new Float32Array(1);
const WORD = new Int32Array(FLOAT.buffer);

function floatBits(value: number): number {
  FLOAT[0] = value;
  return WORD[0]!;
}

/** Writes a plan to its place. */
export function writePlan(
  to: Tensor<'i32'>,
  plan: PlanWords,
  embedding: MatrixWords,
  head: MatrixWords,
  layers: readonly LayerWords[],
): void {
  const matrix = (words: MatrixWords) => MATRIX.map((name) => words[name]);
  to.view().set([
    ...PLAN.map((name) => (name === 'epsilon' ? floatBits(plan.epsilon) : plan[name])),
    ...matrix(embedding),
    ...matrix(head),
    ...layers.flatMap((layer) => [...LAYER.map((name) => layer[name]), ...layer.matrices.flatMap(matrix)]),
  ]);
}
