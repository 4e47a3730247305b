import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { ScratchInput, ScratchShape } from './index.ts';
import { add, LAYERS, multiply, relu } from './layers.ts';

/** Every operation writes over its own input, in one array beside the output; `out` may be `x`. */
export function layersInPlace({ x, w, b }: ScratchInput, out: Float32Array, temporary: Float32Array): void {
  if (out !== x) out.set(x);
  for (let layer = 0; layer < LAYERS; layer++) {
    multiply(out, w, temporary);
    add(temporary, b, temporary);
    relu(temporary, temporary);
    add(out, temporary, out);
  }
}

export const inPlace = defineVariant<ScratchInput, ScratchShape>({
  name: 'in-place',
  backend: 'js',
  ledger: ['S4-16', 'S4-17'],
  idea: 'the operations write over their own inputs: two arrays in all, where writing into a third would save allocation but no memory traffic',
  prepare(input, { N }) {
    const temporary = new Float32Array(N);
    return jsVariant(N, (out) => layersInPlace(input, out, temporary));
  },
});
