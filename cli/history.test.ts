/** `zoo history` as a person uses it, on a scratch repository with real commits. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleRecords } from '../ci/records.fixture.ts';
import { kernelFile, SLOW, SQUARE, scratchRepository } from '../ci/scratch.fixture.ts';
import { appendRecord, type HostInfo } from '../harness/record.ts';
import { ROOT } from '../harness/root.ts';

const folder = mkdtempSync(join(tmpdir(), 'zoo-history-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { repository, commit } = scratchRepository(join(folder, 'repository'));
let commits: string[];
beforeAll(() => {
  commits = [
    commit('start', kernelFile({ a: SQUARE })),
    commit('a loop too much', kernelFile({ a: SLOW })),
    commit('more', kernelFile({ a: SLOW, b: SQUARE })),
  ];
});

function history(...args: string[]) {
  const result = spawnSync(process.execPath, [join(ROOT, 'cli/zoo.js'), 'history', ...args], {
    cwd: repository,
    encoding: 'utf8',
    env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') },
  });
  return { code: result.status, out: result.stdout, err: result.stderr };
}

function results(name: string, ns: number, host: Partial<HostInfo>): void {
  mkdirSync(join(repository, 'results'), { recursive: true });
  const file = join(repository, 'results', name);
  writeFileSync(file, '');
  for (const record of sampleRecords('toy/a@N=4096', { ns: [ns, ns, ns], host })) appendRecord(file, record);
}

describe('add and show', { timeout: 60_000 }, () => {
  it('adds the newest records, and shows them with the change to the commit before', () => {
    results('1.jsonl', 1000, { commit: commits[0]! });
    expect(history('add')).toEqual({
      ...{ code: 0, err: '' },
      out: `3 records of ${commits[0]!.slice(0, 12)} in .zoo-history\n`,
    });
    results('2.jsonl', 1500, { commit: commits[1]! });
    history('add');
    expect(history('add').out).toMatch(/were there already/);
    const { code, out } = history('show', 'toy/a', '--out', join(folder, 'history.html'));
    expect(code).toBe(0);
    expect(out).toMatch(/^toy\/a@N=4096\n/);
    expect(out).toMatch(/1\.50 µs +\d.* \+50\.0 % +a loop too much/);
    expect(existsSync(join(folder, 'history.html'))).toBe(true);
  });

  it('refuses a tree with changes unless it is asked to take it', () => {
    results('3.jsonl', 1500, { commit: commits[2]!, dirty: true });
    const { code, err } = history('add');
    expect(code).toBe(2);
    expect(err).toMatch(
      /^zoo: 3 of 3 records are of a tree with changes .*--allow-dirty adds them, marked\n$/,
    );
    expect(history('add', '--allow-dirty').code).toBe(0);
    expect(history('show').out).toContain(`${commits[2]!.slice(0, 10)}+`);
  });

  it('says in one line what is malformed: 2', () => {
    const file = join(repository, '.zoo-history', commits[0]!, 'commit.json');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, '{');
    const { code, err } = history('show');
    expect({ code, err }).toEqual({
      code: 2,
      err: `zoo: .zoo-history: ${commits[0]}/commit.json: not JSON\n`,
    });
    writeFileSync(file, text);
  });

  it('says in one line what cannot be: 2', () => {
    const refused = (...args: string[]) => {
      const { code, err } = history(...args);
      expect(code).toBe(2);
      expect(err.split('\n').length).toBe(2);
      return err;
    };
    expect(refused('show', 'other')).toBe('zoo: .zoo-history has no records of other\n');
    expect(refused('show', '--branch', 'x', '--folder', 'y')).toMatch(/not in both/);
    expect(refused('add', '--push')).toMatch(/--push needs a --branch/);
    expect(refused('bisect', 'toy/a@N=4096', '--good', 'nothing')).toMatch(/no such commit: "nothing"/);
  });
});

it('bisect measures, and finds the commit with the loop', () => {
  const args = ['toy/a@N=4096', '--good', commits[0]!, '--bad', commits[2]!, '--kernel', 'kernel.mjs'];
  // Ends when it is decided: a busy machine only takes longer.
  const { code, out, err } = history(
    'bisect',
    ...args,
    '--format',
    'json',
    '--budget',
    '5m',
    '--out',
    join(folder, 'results'),
  );

  expect(code, err).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    ...{ kind: 'found', commit: { commit: commits[1], subject: 'a loop too much' }, before: commits[0] },
    row: { id: 'toy/a@N=4096', verdict: 'slower' },
  });
  expect(err).toMatch(/^bad [0-9a-f]{10} "a loop too much": slower, time \+/m);
}, 600_000);
