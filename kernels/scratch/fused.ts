import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { ScratchInput, ScratchShape } from './index.ts';
import { LAYERS } from './layers.ts';

/** All layers of an element before the next: nothing in between is stored. `out` may be `x`. */
export function layersFused({ x, w, b }: ScratchInput, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) {
    let v = x[i]!;
    const gain = w[i]!;
    const bias = b[i]!;
    for (let layer = 0; layer < LAYERS; layer++) {
      const sum = v * gain + bias;
      v += sum < 0 ? 0 : sum;
    }
    out[i] = v;
  }
}

export const fused = defineVariant<ScratchInput, ScratchShape>({
  name: 'fused',
  backend: 'js',
  idea: 'one loop for all operations: the best place for an intermediate result is none, where the operations allow it',
  prepare: (input, { N }) => jsVariant(N, (out) => layersFused(input, out)),
});
