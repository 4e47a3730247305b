import { expect, it } from 'vitest';
import { ALPHABET } from '../bpe-train/words.ts';
import { encodeFirstMerge } from './first-merge.ts';
import { WordEncoder } from './heap.ts';
import { PairTable } from './pair-table.ts';

it('"abc" with (b, c) learned before (a, b) is a·bc, and ab·c where a greedy pass makes it', () => {
  const [a, b, c] = [0, 1, 2];
  const [bc, ab] = [ALPHABET, ALPHABET + 1];
  const table = new PairTable(Int32Array.of(b, c, a, b));
  const out = new Int32Array(3);
  const word = Int32Array.of(a, b, c);
  expect(new WordEncoder(table, 3).encode(word, 0, 3, out, 0)).toBe(2);
  expect([...out.subarray(0, 2)]).toEqual([a, bc]);
  expect(encodeFirstMerge(word, 0, 3, table, out, 0)).toBe(2);
  expect([...out.subarray(0, 2)]).toEqual([ab, c]);
});
