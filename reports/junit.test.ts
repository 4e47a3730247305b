import { describe, expect, it } from 'vitest';
import { fixtureRecords } from './fixture.ts';
import { junit, junitRows } from './junit.ts';
import { toRows } from './rows.ts';

describe('JUnit XML', () => {
  const rows = toRows(fixtureRecords());
  const xml = junitRows(rows);
  const count = (pattern: RegExp) => xml.match(pattern)?.length ?? 0;

  it('has a test for each cell, and what is not ok by its kind', () => {
    expect(count(/<testcase /g)).toBe(rows.length);
    const of = (status: string) => rows.filter((row) => row.status === status).length;
    expect(count(/<failure /g)).toBe(of('wrong'));
    expect(count(/<error /g)).toBe(of('failed'));
    expect(count(/<skipped /g)).toBe(of('unsupported'));
    expect(of('wrong') * of('failed') * of('unsupported')).toBeGreaterThan(0);
  });

  it('cannot be broken by what a reason says', () => {
    const message = 'got "<&>\u0000" ]]>';
    const text = junit([{ suite: 'a', name: 'b', result: 'failure', message, output: [message] }]);
    expect(text).toContain('message="got &quot;&lt;&amp;>\uFFFD&quot; ]]>"');
    expect(text).not.toContain('\u0000');
  });
});
