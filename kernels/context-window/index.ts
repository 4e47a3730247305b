import { defineKernel } from '../kernel.ts';
import type { Rng } from '../lib/rng.ts';
import { copyWithin } from './copy-within.ts';
import { mirror } from './mirror.ts';
import { naive } from './naive.ts';
import { contextWindowReference } from './reference.ts';
import { ring } from './ring.ts';
import { shiftInto } from './shift-into.ts';
import { slab } from './slab.ts';

/** Tokens in the window, and steps. */
export type ContextWindowShape = { readonly W: number; readonly N: number };

export interface ContextWindowInput {
  /** The token of each of N steps. */
  readonly tokens: Int32Array;
  /** Where in the window the model looks in each step, 0 for the oldest token. */
  readonly looks: Int32Array;
}

function inputs({ W, N }: ContextWindowShape, rng: Rng): ContextWindowInput {
  return {
    tokens: Int32Array.from({ length: N }, () => 1 + rng.integer(255)),
    looks: Int32Array.from({ length: N }, () => rng.integer(W)),
  };
}

/**
 * The last W tokens as a model sees them in each step: a token comes in, the oldest leaves, and the window is handed over. A model reads
 * all of it; here it looks at one token, so that what is timed is how the window is kept. It begins full of token 0.
 *
 * A step is a handful of stores into memory that the model reads next: nothing for threads or a GPU, and what WASM could do is the
 * memmove that copyWithin is.
 */
export const contextWindow = defineKernel<ContextWindowInput, ContextWindowShape>({
  name: 'context-window',
  formula: 'out[N + W] = window[look] after each of N tokens, and the last window of W',
  ledger: ['S1-13'],
  cases: [
    { shape: { W: 1, N: 1 }, from: 'one token' },
    { shape: { W: 1, N: 5 }, from: 'a window of one' },
    { shape: { W: 7, N: 3 }, from: 'fewer steps than the window is long' },
    { shape: { W: 16, N: 64 }, from: 'comes round four times' },
    { shape: { W: 127, N: 1000 }, from: 'odd' },
    { shape: { W: 128, N: 1024 }, from: 'a neural compressor: 128 bytes of context, 1 KiB of text' },
    { shape: { W: 1024, N: 1024 }, from: 'GPT-2 124M: its context' },
  ],
  inputs,
  hostile: {
    'looks at the newest': (shape, rng) => {
      const input = inputs(shape, rng);
      return { ...input, looks: input.looks.fill(shape.W - 1) };
    },
    'looks at the oldest': (shape, rng) => {
      const input = inputs(shape, rng);
      return { ...input, looks: input.looks.fill(0) };
    },
  },
  learned: [
    'A ring that is put in order for the model takes 6 times as long as moving the whole window by copyWithin; a ring stored twice a tenth of it.',
  ],
  reference: contextWindowReference,
  outputLength: ({ W, N }) => N + W,
  tolerance: { metric: 'abs', bound: 0, why: 'integers that are moved' },
  work: ({ W, N }) => ({ flops: 0, bytes: 4 * (3 * N + W) }),
  where: (_, { N }, index) => (index < N ? `step ${index}` : `last window, token ${index - N}`),
  variants: [naive, shiftInto, copyWithin, ring, slab, mirror],
});
