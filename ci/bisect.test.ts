/** The search, on real commits and with measurements that are made up. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UsageError } from '../harness/errors.ts';
import { type BisectOptions, bisect } from './bisect.ts';
import type { PairedRow, PairedVerdict } from './paired.ts';
import { scratchRepository } from './scratch.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'zoo-bisect-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { repository, git, commit } = scratchRepository(join(folder, 'repository'));
/** Oldest first; the first is good. */
let commits: string[];
beforeAll(() => {
  commits = Array.from({ length: 17 }, (_, i) => commit(`change ${i}`, `// ${i}`));
});

/** A judge whose times are known: `ns` by the index of a commit; an Error for one that does not build. */
function search(ns: (i: number) => number | PairedVerdict | Error, more: Partial<BisectOptions> = {}) {
  const lines: string[] = [];
  const measured: string[] = [];
  const compare = async (base: string, candidate: string, threshold: number): Promise<PairedRow> => {
    const [a, b] = [ns(commits.indexOf(base)), ns(commits.indexOf(candidate))];
    measured.push(`${commits.indexOf(base)}:${commits.indexOf(candidate)}`);
    if (b instanceof Error) throw new UsageError(b.message);
    const row = { id: 'toy/a@N=1', runtime: 'node', pairs: 9 };
    if (typeof b === 'string') return { ...row, verdict: b };
    const ratio = b / (typeof a === 'number' ? a : 100);
    const large = Math.abs(Math.log(ratio)) >= Math.log1p(threshold);
    return {
      ...{ ...row, ratio, low: ratio, high: ratio },
      verdict: large ? (ratio > 1 ? 'slower' : 'faster') : 'same',
    };
  };
  const options = { good: commits[0]!, bad: 'main', from: repository, threshold: 0.03, compare };
  return { lines, measured, result: bisect({ ...options, onStep: (l) => lines.push(l), ...more }) };
}

describe('bisect', { timeout: 30_000 }, () => {
  it('finds the commit, first, last or between, with at most six comparisons among 16', async () => {
    for (const slow of [1, 2, 7, 8, 15, 16]) {
      const { result, measured } = search((i) => (i < slow ? 100 : 106));
      const found = await result;
      expect(found).toMatchObject({
        ...{ kind: 'found', commit: { commit: commits[slow], subject: `change ${slow}` } },
        ...{ before: commits[slow - 1], row: { verdict: 'slower' } },
      });
      expect(measured.length).toBeLessThanOrEqual(6);
    }
  });

  it('finds a commit that made it faster, or wrong', async () => {
    expect(await search((i) => (i < 7 ? 100 : 80)).result).toMatchObject({ commit: { commit: commits[7] } });
    expect(await search((i) => (i < 9 ? 100 : 'wrong')).result).toMatchObject({
      commit: { commit: commits[9] },
      row: { verdict: 'wrong' },
    });
  });

  it('of several changes finds the largest, with its own ratio', async () => {
    const found = await search((i) => (i < 3 ? 100 : i < 12 ? 102 : 120)).result;
    expect(found).toMatchObject({ kind: 'found', commit: { commit: commits[12] } });
    expect(found.kind === 'found' && found.row.ratio).toBeCloseTo(120 / 102);
  });

  it('goes on beside commits that do not build, and says why', async () => {
    const broken = new Error('the candidate does not build: error TS1005');
    const { result, lines } = search((i) => (i === 8 || i === 7 ? broken : i < 5 ? 100 : 110));
    expect(await result).toMatchObject({ kind: 'found', commit: { commit: commits[5] } });
    expect(lines.join('\n')).toMatch(/^skip [0-9a-f]{10} "change 8": the candidate does not build: error/m);
  });

  it('names those that are left where it cannot tell', async () => {
    const found = await search((i) => (i >= 5 && i < 8 ? new Error('broken') : i < 6 ? 100 : 110)).result;
    expect(found).toMatchObject({ kind: 'inconclusive', within: commits.slice(5, 9) });
  });

  it('says so where the two do not differ', async () => {
    expect(await search(() => 100).result).toMatchObject({
      ...{ kind: 'inconclusive', within: [] },
      reason: expect.stringMatching(/^the two do not differ: same/),
    });
  });

  it('follows first parents', async () => {
    git('switch', '-q', '-c', 'side', commits[14]!);
    commit('aside', '// aside');
    git('switch', '-q', 'main');
    git('merge', '-q', '-s', 'ours', '--no-edit', 'side');
    const merge = git('rev-parse', 'HEAD');
    const known = [...commits];
    commits.push(merge);
    expect(await search((i) => (i < 17 ? 100 : 110)).result).toMatchObject({
      commit: { commit: merge },
      before: known[16],
    });
  });

  it('refuses commits that are none, the same, or not one behind the other', async () => {
    const refused = (more: Partial<BisectOptions>) => expect(search(() => 1, more).result).rejects;
    await refused({ good: 'none' }).toThrow('no such commit: "none"');
    await refused({ good: 'main' }).toThrow('are the same commit');
    await refused({ good: 'main', bad: commits[3]! }).toThrow('is no ancestor of');
  });
});
