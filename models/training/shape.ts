/** The shapes of a Llama model over bytes, and its weights by the names that GGUF files give them. */
import { tensorsOf } from '../llama/config.ts';

export interface ModelShape {
  readonly layers: number;
  /** Width of a token: `heads` times the elements of a head. */
  readonly d: number;
  readonly heads: number;
  /** Heads of keys and values; each serves `heads / kvHeads` heads of queries. */
  readonly kvHeads: number;
  readonly ffn: number;
  readonly vocabulary: number;
  /** Tokens that it is trained to look back on. */
  readonly context: number;
}

/** Of every RMSNorm. The kernel `rmsnorm-backward` and llama.cpp's default have the same. */
export const EPSILON = 1e-5;
/** Base of the angles by which RoPE turns pairs of neighbouring elements. */
export const THETA = 10_000;

/** `<unk>`, `<s>` and `</s>`, then the 256 bytes. */
export const SPECIALS = 3;
export const VOCABULARY = SPECIALS + 256;
/** `<s>`: before the first byte of every window. */
export const BEGIN = 1;

/**
 * The model that is shipped: 2,329,088 weights, 4.66 MB in half precision. The width and the FFN are multiples of 256, so that Q4_K and
 * Q6_K can be measured.
 */
export const SHIPPED: ModelShape = {
  layers: 3,
  d: 256,
  heads: 8,
  kvHeads: 2,
  ffn: 768,
  vocabulary: VOCABULARY,
  context: 256,
};

/** A weight: `[rows, columns]` of a matrix that maps its columns to its rows, `[columns]` of a norm. */
export interface WeightShape {
  readonly name: string;
  readonly dims: readonly number[];
}

export const elements = ({ dims }: WeightShape): number => dims.reduce((product, n) => product * n, 1);

export const isNorm = ({ dims }: WeightShape): boolean => dims.length === 1;

/** All weights in the order in which files have them. The embedding is also the output matrix. */
export function weightShapes(shape: ModelShape): WeightShape[] {
  const sizes = { ...shape, width: shape.d, headSize: shape.d / shape.heads };
  return tensorsOf(sizes, true).map(([name, dims]) => ({ name, dims }));
}

/** Values of all weights by name, row-major. */
export type Weights = ReadonlyMap<string, Float32Array>;
