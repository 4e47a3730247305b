import { defineVariant } from '../kernel.ts';
import { freshVariant } from '../lib/integers.ts';
import { TOTAL } from './constants.ts';
import type { CdfShape } from './index.ts';

/** The loops of `scan` over arrays that begin empty. */
export function cdfGrow(p: Float32Array): number[] {
  const scale = TOTAL - p.length;
  const counts: number[] = [];
  let missing = TOTAL;
  let largest = 0;
  for (let i = 0; i < p.length; i++) {
    const count = 1 + Math.floor(p[i]! * scale);
    counts.push(count);
    missing -= count;
    if (count > counts[largest]!) largest = i;
  }
  counts[largest]! += missing;
  const table = [0];
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    sum += counts[i]!;
    table.push(sum);
  }
  return table;
}

export const grow = defineVariant<Float32Array, CdfShape>({
  name: 'grow',
  backend: 'js',
  idea: 'plain loops that push to fresh arrays, which move as they grow',
  ledger: ['S1-12'],
  prepare: (p, { S }) => freshVariant(S + 1, () => cdfGrow(p)),
});
