import { expect, it } from 'vitest';
import { levelOf, levelsOf } from './levels.ts';

const read = (gbps: readonly number[]) => gbps.map((value, i) => ({ bytes: 1024 << i, gbps: value }));

it('levels are the caches that the system names; private ones count once a thread', () => {
  const caches = { L1: 48 << 10, L2: 1 << 20, L3: 32 << 20 };
  const one = levelsOf(caches, [], 1);
  expect([48, 49, 1024, 1025, 32768, 32769].map((kib) => levelOf(one, kib << 10))).toEqual([
    ...['L1', 'L2', 'L2', 'L3', 'L3', 'memory'],
  ]);
  const two = levelsOf(caches, [], 2);
  expect([96, 97, 2048, 2049, 32769].map((kib) => levelOf(two, kib << 10))).toEqual([
    ...['L1', 'L2', 'L2', 'L3', 'memory'],
  ]);
});

it('without them levels are told by the drops, not by slow decline within one', () => {
  const levels = levelsOf(undefined, read([200, 210, 190, 120, 110, 100, 90, 40]), 1);
  expect(levels).toEqual([
    { name: 'L1', bytes: 4096 },
    { name: 'L2', bytes: 65536 },
    { name: 'memory', bytes: Number.POSITIVE_INFINITY },
  ]);
  expect(levelsOf(undefined, [], 1)).toEqual([{ name: 'memory', bytes: Number.POSITIVE_INFINITY }]);
});
