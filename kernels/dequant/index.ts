import { defineKernel } from '../kernel.ts';
import { checkQuant, QUANTS, type Quant, quantBytes } from '../lib/quant.ts';
import { blocked } from './blocked.ts';
import { cached } from './cached.ts';
import { hostileBlocks } from './hostile.ts';
import { naive } from './naive.ts';
import { parallel } from './parallel.ts';
import { dequantReference, weightParts } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { webgpu } from './webgpu.ts';

/** Rows, columns (a multiple of the format's block) and the format (see lib/quant.ts). */
export type DequantShape = { readonly R: number; readonly C: number; readonly quant: Quant };

export interface DequantInput {
  /** Blocks of the rows one after the other, exactly as a GGUF file stores them. */
  readonly blocks: Uint8Array;
}

const each = (quants: readonly Quant[], R: number, C: number, from: string, slow = false) =>
  quants.map((quant) => ({ shape: { R, C, quant }, from, ...(slow ? { slow } : {}) }));

const CLASSIC = ['q8_0', 'q4_0'] as const;
const SMALL = [...CLASSIC, 'q4_1', 'q5_0'] as const;
const LARGE = ['q4_k', 'q6_k'] as const;
const PLAIN = ['f16', 'bf16'] as const;

/** Multiplications, additions and subtractions a weight: products of scales are shared by a block. */
const FLOPS: Readonly<Record<Quant, number>> = {
  q8_0: 1,
  q4_0: 2,
  q4_1: 2,
  q5_0: 2,
  q4_k: 2,
  q6_k: 2,
  f16: 0,
  bf16: 0,
};

export const dequant = defineKernel<DequantInput, DequantShape>({
  name: 'dequant',
  formula: 'out[R,C] = d · s · q − m of each block along C',
  ledger: ['S0-6'],
  learned: [
    'How bytes are read decides: a DataView and a scale decoded for each weight take 470 times as long as a loop over blocks. SIMD is six times as fast as that; floats that are kept only have to be copied, four times as fast again for 5.8 times the memory.',
  ],
  cases: [
    ...each(SMALL, 1, 32, 'one block'),
    ...each(LARGE, 1, 256, 'one block'),
    ...each(PLAIN, 1, 1, 'one weight'),
    ...each(SMALL, 1, 64, 'two blocks: fewer than threads'),
    ...each(LARGE, 2, 256, 'two blocks: fewer than threads'),
    ...each(PLAIN, 1, 7, 'odd, vector − 1'),
    ...each(CLASSIC, 2, 96, 'odd number of blocks a row, fewer rows than threads'),
    ...each(SMALL, 5, 7 * 32, 'odd: 35 blocks'),
    ...each(LARGE, 5, 3 * 256, 'odd: 15 blocks'),
    ...each(PLAIN, 3, 11, 'odd, vector + 1'),
    ...each(CLASSIC, 1, 63 * 32, 'tile − 1: a GPU workgroup does 64 blocks of q4_0, 32 of q8_0'),
    ...each([...SMALL, ...PLAIN], 1, 65 * 32, 'tile + 1'),
    ...each(LARGE, 1, 17 * 256, 'more than a GPU workgroup does'),
    ...each([...SMALL, ...PLAIN], 192, 576, 'SmolLM2-135M: attn_k'),
    ...each(LARGE, 16, 2048, 'TinyLlama 1.1B: 16 rows of attn_k'),
    ...each(CLASSIC, 576, 1536, 'SmolLM2-135M: ffn_down', true),
    ...each([...CLASSIC, ...LARGE], 256, 2048, 'TinyLlama 1.1B: attn_k', true),
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
    why: 'exact: scales of 11 bits, quants of at most 8 and scales of a block of at most 8 make products of 24 bits at most, each a float32; where a minimum is subtracted, that is the one rounding, of an exact difference, and float32 has one result for it',
  },
  work: ({ R, C, quant }) => ({
    flops: FLOPS[quant] * R * C,
    bytes: quantBytes(quant, R * C) + 4 * R * C,
  }),
  where: ({ blocks }, { C, quant }, index) => {
    const { step, q, minus } = weightParts(blocks, quant, index);
    const { block } = QUANTS[quant];
    const parts = `${step} · ${q}${minus === 0 ? '' : ` − ${minus}`}`;
    return `row ${Math.floor(index / C)}, column ${index % C} (weight ${index % block} of its block): ${parts}`;
  },
  variants: [naive, blocked, cached, parallel, simd, simdThreads, webgpu],
});
