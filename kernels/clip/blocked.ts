import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { jsVariant } from '../lib/js.ts';

/** Four sums in float64, which holds every square of a float32 exactly. `out` may be `g`. */
export function clip(g: Float32Array, out: Float32Array): void {
  const N = g.length;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 4 <= N; i += 4) {
    const a = g[i]!;
    const b = g[i + 1]!;
    const c = g[i + 2]!;
    const d = g[i + 3]!;
    s0 += a * a;
    s1 += b * b;
    s2 += c * c;
    s3 += d * d;
  }
  for (; i < N; i++) s0 += g[i]! * g[i]!;
  const factor = Math.min(1, 1 / Math.sqrt(s0 + s1 + (s2 + s3)));
  for (i = 0; i < N; i++) out[i] = g[i]! * factor;
}

export const blocked = defineVariant<Float32Array, ElementwiseShape>({
  name: 'blocked',
  backend: 'js',
  idea: 'four sums, so that an addition need not wait for the one before',
  prepare: (g, { N }) => jsVariant(N, (out) => clip(g, out)),
});
