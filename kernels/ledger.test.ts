import { expect, it } from 'vitest';
import { KERNELS } from './index.ts';
import { LEDGER, shownBy } from './ledger.ts';

const shown = shownBy(KERNELS);

it('every row of the ledger that is about kernels is shown by one', () => {
  const rows = LEDGER.filter(({ kind }) => kind === 'kernel');
  expect(rows.filter(({ id }) => !shown.has(id))).toEqual([]);
});

it('what kernels and variants name are rows of the ledger, each of which stands there once', () => {
  const ids = LEDGER.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect([...shown.keys()].filter((id) => !ids.includes(id))).toEqual([]);
});
