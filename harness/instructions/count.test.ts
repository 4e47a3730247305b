import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { NO_FILES } from '../catalogue.ts';
import { countInstructions, uncountable } from './count.ts';

const hasValgrind = spawnSync('valgrind', ['--version']).status === 0;

describe.skipIf(!hasValgrind && !process.env.CI)('instructions of a call', () => {
  it('are twice as many for twice the elements, within 3 %: a call alone costs a few hundred', async () => {
    const of = async (N: number) => {
      const cell = { subject: 'gelu', variant: 'simd', shape: { N } };
      return (await countInstructions(NO_FILES, cell, 512)).perCall;
    };
    const [once, twice] = [await of(6144), await of(12288)];
    expect(Math.abs(twice / once / 2 - 1)).toBeLessThan(0.03);
    // Some 8 an element: a loop over vectors of four, and not one over elements.
    expect(once / 6144).toBeGreaterThan(4);
    expect(once / 6144).toBeLessThan(16);
  }, 180_000);
});

it('of what is not one thread of WASM are not counted', () => {
  expect(uncountable({ backend: 'wasm' })).toBeUndefined();
  expect(uncountable({ backend: 'js' })).toContain('JavaScript');
  expect(uncountable({ backend: 'wasm-threads' })).toContain('one thread');
});
