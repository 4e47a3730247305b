/** Histories in folders and on branches, on scratch repositories; what is concurrent runs as real processes. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendRecord, type ZooRecord } from '../harness/record.ts';
import { ROOT } from '../harness/root.ts';
import { entriesOf, folderStore, type HistoryFiles, type HistoryStore, readHistory } from './history.ts';
import { branchStore } from './history-branch.ts';
import { sampleRecords } from './records.fixture.ts';
import { scratchRepository } from './scratch.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'zoo-history-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { repository, git, commit } = scratchRepository(join(folder, 'repository'));
let commits: string[];
beforeAll(() => {
  // Within one second: dates do not order them.
  commits = Array.from({ length: 5 }, (_, i) => commit(`change ${i}`, `// ${i}`));
});

const records = (i: number, ns: number, host: Partial<ZooRecord['host']> = {}): ZooRecord[] =>
  sampleRecords('toy/a@N=1', { ns: [ns, ns + 1, ns + 2], host: { commit: commits[i]!, ...host } });
const files = (...args: Parameters<typeof records>) => entriesOf(records(...args), repository).files;
const times = (store: HistoryStore) =>
  readHistory(store, repository).map((entry) => ({
    subject: entry.subject,
    ns: entry.records.map(({ time }) => time!.medianNs),
  }));

describe.each(['folder', 'branch'])('a history in a %s', (kind) => {
  let n = 0;
  const fresh = () => {
    n++;
    return kind === 'folder'
      ? folderStore(join(folder, `history-${n}`))
      : branchStore(`history-${n}`, repository);
  };

  it('keeps runs by commit, in the order of the commits, whatever the order of writing', () => {
    const store = fresh();
    for (const i of [3, 0, 4, 1]) store.add(files(i, 100 * (i + 1)));
    expect(times(store).map(({ subject }) => subject)).toEqual([
      'change 0',
      'change 1',
      'change 3',
      'change 4',
    ]);
  });

  it('adds the same once, and counts a record of two runs once', () => {
    const store = fresh();
    expect(store.add(files(0, 100))).toBe(3);
    expect(store.add(files(0, 100))).toBe(0);
    // A run that was resumed holds the records from before.
    const more = sampleRecords('toy/b@N=1', { ns: [5], host: { commit: commits[0]! } });
    store.add(entriesOf([...records(0, 100), ...more], repository).files);
    expect(times(store)).toEqual([{ subject: 'change 0', ns: [100, 101, 102, 5] }]);
  });

  it('says that there is none', () => {
    expect(() => readHistory(fresh(), repository)).toThrow(/^no (history in|branch) .*: zoo history add/);
  });
});

describe('records that have no place in a history', () => {
  it('are of no commit, or of a tree with changes', () => {
    const dirty = records(0, 100, { dirty: true });
    expect(() => entriesOf(dirty, repository)).toThrow(/^3 of 3 records are of a tree with changes/);
    expect(entriesOf(dirty, repository, true).records).toBe(3);
    expect(() => entriesOf(sampleRecords('toy/a@N=1'), repository)).toThrow(/^3 of 3 records name no commit/);
  });

  it('are of a commit that git does not know: they are kept, and said', () => {
    const commit = 'f'.repeat(40);
    const entries = entriesOf(records(0, 1, { commit }), repository);
    expect(entries.unknown).toEqual([commit]);
    expect([...entries.files.keys()].filter((path) => path.includes('commit.json'))).toEqual([]);
  });
});

describe('a history that is none', () => {
  const reading = (entries: Record<string, string>) => () =>
    readHistory(
      { name: 'h', read: (): HistoryFiles => new Map(Object.entries(entries)), add: () => 0 },
      repository,
    );
  const commit = 'a'.repeat(40);

  it('is refused, with the file and the line', () => {
    expect(reading({ 'history.json': '{"schema":2}' })).toThrow(/^h: history.json: schema: /);
    expect(reading({ [`${commit}/commit.json`]: '{' })).toThrow(`h: ${commit}/commit.json: not JSON`);
    expect(reading({ [`${commit}/0123456789abcdef.jsonl`]: 'no\n' })).toThrow(
      `h: ${commit}/0123456789abcdef.jsonl, line 1: not JSON`,
    );
    const other = `${JSON.stringify(records(0, 1)[0])}\n`;
    expect(reading({ [`${commit}/0123456789abcdef.jsonl`]: other })).toThrow(
      'holds a record of another commit',
    );
  });

  it('other files are left alone', () => {
    expect(reading({ 'README.md': 'mine', 'x/y.jsonl': 'mine' })()).toEqual([]);
  });
});

describe('a branch', () => {
  it('shares no commit with the others, and leaves work tree, index and HEAD as they are', () => {
    writeFileSync(join(repository, 'untracked'), '');
    writeFileSync(join(repository, 'kernel.mjs'), '// staged');
    git('add', 'kernel.mjs');
    const state = () => [git('status', '--porcelain'), git('rev-parse', 'HEAD'), git('diff', '--cached')];
    const before = state();
    branchStore('apart', repository).add(files(0, 100));
    branchStore('apart', repository).add(files(1, 100));
    expect(state()).toEqual(before);
    expect(() => git('merge-base', 'main', 'apart')).toThrow();
    expect(git('rev-list', '--count', 'apart')).toBe('2');
  });

  it('that holds other things is refused, as is a name that is none', () => {
    expect(() => branchStore('main', repository).add(files(0, 1))).toThrow(/^branch main is no history/);
    expect(() => branchStore('a..b', repository)).toThrow('"a..b" is no name of a branch');
    expect(() => branchStore('x', folder)).toThrow(/^--branch needs a git repository/);
  });
});

/** `zoo history add` as several jobs run it at once. */
function adding(cwd: string, file: string, ...more: string[]): Promise<{ code: number | null; err: string }> {
  const child = spawn(process.execPath, [join(ROOT, 'cli/zoo.js'), 'history', 'add', file, ...more], { cwd });
  let err = '';
  child.stderr.on('data', (text) => {
    err += text;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, err })));
}

describe('jobs that write at once', { timeout: 60_000 }, () => {
  const run = (i: number, ns: number) => {
    const file = join(folder, `run-${i}-${ns}.jsonl`);
    writeFileSync(file, '');
    for (const record of records(i, ns)) appendRecord(file, record);
    return file;
  };

  it('on one branch: nothing is lost', async () => {
    const jobs = [run(0, 100), run(0, 200), run(1, 300), run(2, 400)];
    const ends = await Promise.all(jobs.map((file) => adding(repository, file, '--branch', 'together')));
    expect(ends).toEqual(jobs.map(() => ({ code: 0, err: '' })));
    const all = times(branchStore('together', repository));
    expect(all.map(({ ns }) => ns.length)).toEqual([6, 3, 3]);
  });

  it('in clones of one remote, with --push: the remote has both', async () => {
    const bare = join(folder, 'bare.git');
    execFileSync('git', ['clone', '-q', '--bare', repository, bare]);
    const clones = [0, 1, 2].map((i) => join(folder, `clone-${i}`));
    for (const clone of clones) execFileSync('git', ['clone', '-q', bare, clone]);
    const ends = await Promise.all(
      clones.map((clone, i) => adding(clone, run(i, 1000 + i), '--branch', 'pushed', '--push')),
    );
    expect(ends).toEqual(clones.map(() => ({ code: 0, err: '' })));
    const last = join(folder, 'clone-last');
    execFileSync('git', ['clone', '-q', bare, last]);
    expect(times(branchStore('pushed', last)).map(({ ns }) => ns)).toEqual([
      [1000, 1001, 1002],
      [1001, 1002, 1003],
      [1002, 1003, 1004],
    ]);
  });

  it('in one folder', async () => {
    const place = join(folder, 'shared');
    await Promise.all(
      [run(3, 1), run(3, 10), run(4, 20)].map((f) => adding(repository, f, '--folder', place)),
    );
    expect(times(folderStore(place)).map(({ ns }) => ns.length)).toEqual([6, 3]);
    expect(readdirSync(place).length).toBe(3);
    expect(readFileSync(join(place, 'history.json'), 'utf8')).toBe('{"schema":1}\n');
  });
});
