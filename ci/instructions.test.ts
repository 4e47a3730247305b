import { expect, it } from 'vitest';
import { formatInstructions, type InstructionsRow, instructionsExitCode, verdictOf } from './instructions.ts';

const base = { commit: '0123456789abcdef', folder: '', repository: '', here: { dirty: false } };
const row = (id: string, before: number, candidate: number): InstructionsRow => ({
  ...{ id, base: before, candidate },
  verdict: verdictOf(before, candidate, 0.001),
});

it('names a change from the threshold on, either way', () => {
  expect([1.0009, 1.0011, 0.9991, 0.9989].map((change) => verdictOf(1e6, 1e6 * change, 0.001))).toEqual([
    'same',
    'more',
    'same',
    'fewer',
  ]);
});

it('tells the largest change first, with all digits', () => {
  const rows = [row('a/simd@N=1', 1000000, 1000001), row('b/simd@N=1', 2000000, 2010000)];
  const lines = formatInstructions({ base, rows }, 'text').split('\n');
  expect(lines.find((line) => line.includes('/simd'))).toMatch(
    /b\/simd@N=1 +more +2,000,000 +2,010,000 +\+0.500 %/,
  );
  expect(formatInstructions({ base, rows }, 'md')).toContain('| b/simd@N=1 | more');
  expect(JSON.parse(formatInstructions({ base, rows }, 'json'))).toMatchObject({
    metric: 'instructions',
    rows,
  });
});

it('ends with 1 where a call executes more, 4 where one did not run, else 0', () => {
  const failed: InstructionsRow = { id: 'c', verdict: 'failed' };
  expect(instructionsExitCode([row('a', 1, 1)])).toBe(0);
  expect(instructionsExitCode([failed, row('a', 1, 1)])).toBe(4);
  expect(instructionsExitCode([failed, row('a', 1, 2)])).toBe(1);
});
