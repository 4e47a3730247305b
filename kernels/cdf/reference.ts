import type { Reference } from '../kernel.ts';

/** A count of at least 1 for each symbol; what is missing from 10^6, or too much, goes to the largest (the first of equals). */
export function cdfReference(p: Float32Array): Reference {
  const total = 1e6;
  const counts = Array.from(p, (v) => 1 + Math.floor(v * (total - p.length)));
  const sum = counts.reduce((a, b) => a + b, 0);
  const largest = counts.reduce((best, count, i) => (count > counts[best]! ? i : best), 0);
  counts[largest] = counts[largest]! + total - sum;
  const values = new Float64Array(p.length + 1);
  for (let i = 0; i < p.length; i++) values[i + 1] = values[i]! + counts[i]!;
  return { values };
}
