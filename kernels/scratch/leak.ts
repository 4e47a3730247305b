import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { ScratchInput, ScratchShape } from './index.ts';
import { type Memory, runLayers } from './layers.ts';
import { sizeClasses } from './size-classes.ts';

/** A pool to which nothing comes back: renting is the cost of making an array, and a look at empty shelves. */
export function withoutReturn(memory: Memory): Memory {
  return { rent: memory.rent, giveBack() {} };
}

export const leak = defineVariant<ScratchInput, ScratchShape>({
  name: 'leak',
  backend: 'js',
  exhibit: true,
  ledger: ['S4-15'],
  idea: 'rented arrays go to the caller as results and never back to the pool, which stays empty: all that a pool costs, and nothing saved',
  tolerance: {
    metric: 'scaled',
    bound: 12 * 2 ** -24,
    why: 'that of the kernel: its results are right, its memory is not saved',
  },
  prepare(input, { N }) {
    const memory = withoutReturn(sizeClasses());
    return jsVariant(N, (out) => runLayers(input, out, memory));
  },
});
