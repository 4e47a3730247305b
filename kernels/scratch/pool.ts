import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { ScratchInput, ScratchShape } from './index.ts';
import { runLayers } from './layers.ts';
import { sizeClasses } from './size-classes.ts';

export const pool = defineVariant<ScratchInput, ScratchShape>({
  name: 'pool',
  backend: 'js',
  idea: 'arrays rented from classes of powers of two and given back when nothing reads them: three make do, and later calls allocate none',
  prepare(input, { N }) {
    const memory = sizeClasses();
    return jsVariant(N, (out) => runLayers(input, out, memory));
  },
});
