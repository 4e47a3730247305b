import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';

/** Elements [from, to). `<= 0` and not `> 0`: it is false for NaN, which stays, and true for −0, which becomes 0. */
export function reluBranch(x: Float32Array, out: Float32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const v = x[i]!;
    out[i] = v <= 0 ? 0 : v;
  }
}

export const branch = defineVariant<Float32Array, ElementwiseShape>({
  name: 'branch',
  backend: 'js',
  idea: 'v <= 0 ? 0 : v, right for NaN and −0; signs in no order make the processor guess wrong every second time. Not so in a benchmark of some thousand elements: it learns their signs by heart and is six times faster than on fresh ones',
  prepare: (x, { N }) => jsVariant(N, (out) => reluBranch(x, out, 0, N)),
});
