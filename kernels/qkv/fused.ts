import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { QkvInput, QkvShape } from './index.ts';
import { projectNaive } from './naive.ts';
import { stacked } from './stacked.ts';

export const fused = defineVariant<QkvInput, QkvShape>({
  name: 'fused',
  backend: 'js',
  idea: 'the loop of `naive` once, over weights that are stacked ahead: a chain of additions is no shorter for it',
  prepare: (input, { T, C, Q, G }) => {
    const R = Q + 2 * G;
    const w = stacked(input);
    return jsVariant(T * R, (out) => projectNaive(input.x, w, out, { T, C, R, stride: R, at: 0 }));
  },
});
