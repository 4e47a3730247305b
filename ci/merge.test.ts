import { expect, it } from 'vitest';
import type { ZooRecord } from '../harness/record.ts';
import { fixtureRecords } from '../reports/fixture.ts';
import { mergeRecords } from './merge.ts';

const all = fixtureRecords();
const part = (i: number, n: number): { file: string; records: ZooRecord[] } => ({
  file: `${i}.jsonl`,
  records: all.filter((_, k) => k % n === i - 1).map((record) => ({ ...record, shard: `${i}/${n}` })),
});

it('puts the parts of a plan together', () => {
  const { records, lines, exitCode } = mergeRecords([part(1, 3), part(2, 3), part(3, 3)]);
  expect(records.length).toBe(all.length);
  expect(new Set(records.map(({ id }) => id))).toEqual(new Set(all.map(({ id }) => id)));
  expect([lines, exitCode]).toEqual([[], 0]);
});

it('says which parts are missing', () => {
  expect(mergeRecords([part(2, 4), part(4, 4)])).toMatchObject({
    lines: ['shard 1/4 is missing', 'shard 3/4 is missing'],
    exitCode: 3,
  });
});

it('takes once what two files hold alike, and says so', () => {
  const first = part(1, 2);
  const { records, lines } = mergeRecords([first, { ...first, file: 'again.jsonl' }, part(2, 2)]);
  expect(records.length).toBe(all.length);
  expect(lines).toEqual([
    `again.jsonl repeats 1.jsonl in ${first.records.length} records, which are taken once`,
  ]);
});

it('refuses two measurements of one process of a cell, and files of different code or suites', () => {
  const [record] = all as [ZooRecord];
  const merge = (change: Partial<ZooRecord>) => () =>
    mergeRecords([
      { file: 'a', records: [record] },
      { file: 'b', records: [{ ...record, ...change }] },
    ]);
  expect(merge({ at: 'later' })).toThrow(
    `b and a hold different measurements of ${record.id} in node, process 1`,
  );
  expect(merge({ suite: 'other' })).toThrow('the records are of 2 suites, which are no parts of one run');
  expect(merge({ host: { ...record.host, commit: 'f00' } })).toThrow('of 2 commits');
});
