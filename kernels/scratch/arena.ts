import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { ScratchInput, ScratchShape } from './index.ts';
import { LAYERS, type Memory, runLayers } from './layers.ts';

/**
 * One block of memory that is handed out from the front; `reset` makes all of it free at once, and nothing is given back before. Views
 * are kept by their order, so that a call that rents the same lengths in the same order makes none.
 * @throws RangeError when it is full
 */
export function bumpArena(elements: number): Memory & { reset(): void } {
  const block = new Float32Array(elements);
  const views: Float32Array[] = [];
  let used = 0;
  let count = 0;
  return {
    rent(n) {
      if (used + n > elements) throw new RangeError(`arena: ${used + n} elements do not fit in ${elements}`);
      const known = views[count];
      const view =
        known?.length === n && known.byteOffset === 4 * used ? known : block.subarray(used, used + n);
      views[count++] = view;
      // Whole cache lines.
      used += Math.ceil(n / 16) * 16;
      return view;
    },
    giveBack() {},
    reset() {
      used = 0;
      count = 0;
    },
  };
}

export const arena = defineVariant<ScratchInput, ScratchShape>({
  name: 'arena',
  backend: 'js',
  ledger: ['S4-15'],
  idea: 'one block handed out from the front and reset after each call: nothing to give back and nothing to forget, at the price of 16 arrays where `pool` has three in cache',
  prepare(input, { N }) {
    const memory = bumpArena(4 * LAYERS * Math.ceil(N / 16) * 16);
    return jsVariant(N, (out) => {
      memory.reset();
      runLayers(input, out, memory);
    });
  },
});
