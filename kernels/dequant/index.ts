import { defineKernel } from '../kernel.ts';
import { checkQuant, type Quant, quantBytes } from '../lib/quant.ts';
import { blocked } from './blocked.ts';
import { cached } from './cached.ts';
import { hostileBlocks } from './hostile.ts';
import { naive } from './naive.ts';
import { parallel } from './parallel.ts';
import { blockParts, dequantReference, halfValue } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { webgpu } from './webgpu.ts';

/** Rows, columns (a multiple of 32) and the block format (see lib/quant.ts). */
export type DequantShape = { readonly R: number; readonly C: number; readonly quant: Quant };

export interface DequantInput {
  /** Blocks of the rows one after the other, exactly as a GGUF file stores them. */
  readonly blocks: Uint8Array;
}

const both = (R: number, C: number, from: string) =>
  (['q8_0', 'q4_0'] as const).map((quant) => ({ shape: { R, C, quant }, from }));

export const dequant = defineKernel<DequantInput, DequantShape>({
  name: 'dequant',
  formula: 'out[R,C] = d · q of each block of 32 along C',
  cases: [
    ...both(1, 32, 'one block'),
    ...both(1, 64, 'two blocks: fewer than threads'),
    ...both(2, 96, 'odd number of blocks a row, fewer rows than threads'),
    ...both(5, 7 * 32, 'odd: 35 blocks'),
    ...both(1, 63 * 32, 'tile − 1: a GPU workgroup does 64 blocks of q4_0, 32 of q8_0'),
    ...both(1, 65 * 32, 'tile + 1'),
    ...both(576, 576, 'SmolLM2-135M: attn_q'),
    ...both(256, 2048, 'TinyLlama 1.1B: attn_k'),
    ...both(576, 1536, 'SmolLM2-135M: ffn_down'),
  ],
  validate: ({ R, C, quant }) => {
    checkQuant('dequant', quant, C);
    if (!Number.isSafeInteger(R) || R <= 0) throw new Error(`dequant: ${R} is no number of rows`);
  },
  inputs: async ({ R, C, quant }, rng, host) => ({ blocks: await host.tensor(quant, [R, C], rng) }),
  hostile: hostileBlocks,
  reference: dequantReference,
  tolerance: {
    metric: 'abs',
    bound: 0,
    why: 'exact: d has 11 significant bits and q at most 8, and a product of 19 bits between 2^-24 and 2^23 is a float32',
  },
  // One multiplication, and for q4_0 the subtraction of 8.
  work: ({ R, C, quant }) => ({
    flops: (quant === 'q8_0' ? 1 : 2) * R * C,
    bytes: quantBytes(quant, R * C) + 4 * R * C,
  }),
  where: ({ blocks }, { C, quant }, index) => {
    const { code, q } = blockParts(blocks, quant, index);
    const d = `${halfValue(code)} (0x${code.toString(16).padStart(4, '0')})`;
    return `row ${Math.floor(index / C)}, column ${index % C}, d = ${d}, q = ${q}`;
  },
  variants: [naive, blocked, cached, parallel, simd, simdThreads, webgpu],
});
