/** Inputs that `qmatvec` and `qmatmul` share: float32 activations, and weights in blocks as a GGUF file stores them. */
import type { Host, Tolerance } from '../kernel.ts';
import { QUANTS, type Quant, quantBytes } from './quant.ts';
import { relaxedDot, withoutRelaxedDot } from './relaxed-dot.ts';
import { normals, type Rng } from './rng.ts';

/** M activation rows, N weight rows, both K long. */
export type ProductShape = {
  readonly M: number;
  readonly N: number;
  readonly K: number;
  readonly quant: Quant;
};

export interface ProductInput {
  /** M × K, row-major. */
  readonly x: Float32Array;
  /** N rows of K weights. */
  readonly blocks: Uint8Array;
}

/** Formats that the integer loops take. */
export const PRODUCT_QUANTS = ['q8_0', 'q4_0', 'q4_k'] as const;

/** What a shader that reads such weights is joined with, and the `FORMAT` that it is given. */
export const PRODUCT_SHADERS = [
  new URL('./products.wgsl', import.meta.url),
  new URL('./blocks.wgsl', import.meta.url),
];
export function formatOf(quant: Quant | 'f32'): number {
  return SHADER_FORMATS.indexOf(quant);
}

/** In the order of their numbers in products.wgsl. */
const SHADER_FORMATS: readonly (Quant | 'f32')[] = [
  ...PRODUCT_QUANTS,
  ...(['q6_k', 'q4_1', 'q5_0', 'f16', 'bf16', 'f32'] as const),
];

/** Why the relaxed dot product with all 8 bits of its second operand is not for these weights, or not here; or undefined. */
export function withoutAllBits({ quant }: { readonly quant: Quant }): string | undefined {
  if (quant !== 'q8_0') return 'nibbles are the operand of 7 bits: 8 bits cost nothing more';
  return relaxedDot() === 'seven' ? "this engine's relaxed dot product takes 7 bits" : withoutRelaxedDot();
}

/** Why the peer whose products these are is missing among the variants. */
export const WITHOUT_LLAMA_CPP =
  "llama.cpp's own product is not among the variants: node-llama-cpp evaluates batches of a whole model and gives no operation of its own, and the libraries of ggml beside it can be loaded neither by a page nor, without an add-on, by Node. Whole models are measured beside it: llama-decode, llama-prefill.";

/** Half a step of activations with 127 steps, and the rounding of float32. */
export const EIGHT_BITS: Tolerance = {
  metric: 'scaled',
  bound: 0.003938,
  why: 'activations of 8 bits: each is off by at most half of 1/127 of the largest in its block (0.0039370), all in one direction if need be; products and sums are exact integers but for float32 sums of blocks',
};

/** More weights than this repeat the first: drawing a hundred million normals takes ten seconds, and no loop sees it. */
const DRAWN = 1 << 21;

/** Normal activations and normal weights of deviation 0.02. */
export async function ordinary(
  { M, N, K, quant }: ProductShape,
  rng: Rng,
  host: Host,
): Promise<ProductInput> {
  const x = normals(rng, M * K);
  const rows = Math.min(N, Math.ceil(DRAWN / K));
  const drawn = await host.tensor(quant, [rows, K], rng);
  if (rows === N) return { x, blocks: drawn };
  const blocks = new Uint8Array(quantBytes(quant, N * K));
  for (let at = 0; at < blocks.length; at += drawn.length)
    blocks.set(drawn.subarray(0, Math.min(drawn.length, blocks.length - at)), at);
  return { x, blocks };
}

/** Where in a block its halves stand. */
const HALVES: Readonly<Partial<Record<Quant, readonly number[]>>> = { q8_0: [0], q4_0: [0], q4_k: [0, 2] };

/** Any bytes for quants, and half codes below `codes` of either sign for scales and minima. */
function anyBlocks({ N, K, quant }: ProductShape, rng: Rng, codes: number): Uint8Array {
  const { bytes } = QUANTS[quant];
  const blocks = new Uint8Array(quantBytes(quant, N * K));
  for (let p = 0; p < blocks.length; p += bytes) {
    for (let i = 0; i < bytes; i++) blocks[p + i] = rng.integer(256);
    for (const at of HALVES[quant]!) {
      const code = rng.integer(codes) + 0x8000 * rng.integer(2);
      blocks[p + at] = code;
      blocks[p + at + 1] = code >> 8;
    }
  }
  return blocks;
}

type Make = (shape: ProductShape, rng: Rng, host: Host) => Promise<ProductInput>;

const withActivations =
  (change: (x: Float32Array, shape: ProductShape, rng: Rng) => void): Make =>
  async (shape, rng, host) => {
    const input = await ordinary(shape, rng, host);
    change(input.x, shape, rng);
    return input;
  };

export const hostileProducts: Readonly<Record<string, Make>> = {
  'every byte as quants, any finite half as a scale': async (shape, rng, host) => ({
    x: (await ordinary(shape, rng, host)).x,
    blocks: anyBlocks(shape, rng, 0x7c00),
  }),
  'denormal scales': async (shape, rng, host) => ({
    x: (await ordinary(shape, rng, host)).x,
    blocks: anyBlocks(shape, rng, 0x0400),
  }),
  'activations that all round the same way': withActivations((x) => {
    // 127 steps make a block's largest; the others stand almost half a step above an integer.
    for (let i = 0; i < x.length; i++) x[i] = i % 32 === 7 ? 127 : (i % 60) + 0.498;
  }),
  'an outlier in every third block': withActivations((x, _, rng) => {
    for (let i = 0; i < x.length; i += 96) x[i + rng.integer(Math.min(32, x.length - i))] = 1000;
  }),
  'blocks from 1e-20 to 1e20, some of zeros': withActivations((x, _, rng) => {
    for (let i = 0; i < x.length; i += 32) {
      const factor = rng.integer(4) === 0 ? 0 : 10 ** (40 * rng.uniform() - 20);
      for (let k = i; k < i + 32; k++) x[k]! *= factor;
    }
  }),
  'a NaN in the last row of activations': withActivations((x, { K }) => {
    x[x.length - 1 - (K >> 1)] = Number.NaN;
  }),
};
