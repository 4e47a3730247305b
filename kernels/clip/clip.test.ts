/** What clipping does to the direction of a gradient. */
import { expect, it } from 'vitest';
import { clip } from './blocked.ts';
import { clipByValue } from './by-value.ts';

const clipped = (by: typeof clip, g: Float32Array): Float32Array => {
  const out = new Float32Array(g.length);
  by(g, out);
  return out;
};
const degrees = ([x, y]: Float32Array): number => (Math.atan2(y!, x!) * 180) / Math.PI;

it('by value turns (10, 1) by 39.3°, by norm by less than 1e-5°', () => {
  const g = Float32Array.of(10, 1);
  expect(degrees(clipped(clipByValue, g)) - degrees(g)).toBeCloseTo(39.3, 1);
  expect(Math.abs(degrees(clipped(clip, g)) - degrees(g))).toBeLessThan(1e-5);
});

it('by value leaves a million elements a norm of 1000; by norm it is 1, to 1e-6', () => {
  const g = new Float32Array(1e6).fill(2);
  expect(Math.hypot(...clipped(clipByValue, g).subarray(0, 1e4))).toBeCloseTo(100, 6);
  const squares = clipped(clip, g).reduce((sum, v) => sum + v * v, 0);
  expect(Math.abs(Math.sqrt(squares) - 1)).toBeLessThan(1e-6);
});
