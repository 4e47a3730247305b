import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { ScratchInput, ScratchShape } from './index.ts';
import { runLayers } from './layers.ts';
import { sizeClasses } from './size-classes.ts';

export const buckets = defineVariant<ScratchInput, ScratchShape>({
  name: 'buckets',
  backend: 'js',
  exhibit: true,
  ledger: ['S4-14'],
  idea: 'the pool with classes of 128 to 4096 elements only: 33 tokens of 128 features are beyond the largest, and from there on every array is made anew as without a pool',
  tolerance: {
    metric: 'scaled',
    bound: 12 * 2 ** -24,
    why: 'that of the kernel: its results are right, its memory is not saved',
  },
  prepare(input, { N }) {
    const memory = sizeClasses(4096, 128);
    return jsVariant(N, (out) => runLayers(input, out, memory));
  },
});
