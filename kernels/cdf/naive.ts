import { defineVariant } from '../kernel.ts';
import { freshVariant } from '../lib/integers.ts';
import { TOTAL } from './constants.ts';
import type { CdfShape } from './index.ts';

/** An array for each step. */
export function cdfNaive(p: Float32Array): number[] {
  const scale = TOTAL - p.length;
  const counts = Array.from(p, (v) => 1 + Math.floor(v * scale));
  const missing = TOTAL - counts.reduce((sum, count) => sum + count, 0);
  const largest = counts.reduce((best, count, i) => (count > counts[best]! ? i : best), 0);
  const adjusted = counts.map((count, i) => (i === largest ? count + missing : count));
  let sum = 0;
  return [
    0,
    ...adjusted.map((count) => {
      sum += count;
      return sum;
    }),
  ];
}

export const naive = defineVariant<Float32Array, CdfShape>({
  name: 'naive',
  backend: 'js',
  idea: 'array methods: counts, their sum, the largest, the running sum; each step makes an array',
  prepare: (p, { S }) => freshVariant(S + 1, () => cdfNaive(p)),
});
