import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { NO_FILES } from './catalogue.ts';
import { gitState, originOf } from './origin.ts';
import { ROOT } from './root.ts';

const home = process.cwd();
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'zoo-origin-')));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => process.chdir(home));

const repository = join(folder, 'repository');
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=zoo', '-c', 'user.email=zoo@localhost', ...args], {
    ...{ cwd: repository, encoding: 'utf8', stdio: 'pipe' },
  }).trim();
mkdirSync(join(repository, 'bench'), { recursive: true });
const kernel = join(repository, 'bench/mine.js');
writeFileSync(kernel, 'export default {}');
git('init', '-q');
git('add', '-A');
git('commit', '-qm', 'start');
const commit = git('rev-parse', 'HEAD');

describe('the commit that is measured', () => {
  it("is that of the repository of the user's files, wherever zoo is run", () => {
    const files = { kernels: [kernel], variants: [] };
    expect(originOf(files)).toEqual({ commit, dirty: false });
    expect(originOf({ kernels: [], variants: [{ file: kernel, kernel: 'matmul' }] }).commit).toBe(commit);
  });

  it("without such files is the zoo's own", () => {
    process.chdir(repository);
    expect(originOf(NO_FILES)).toEqual(gitState(ROOT));
    expect(originOf(NO_FILES).commit).not.toBe(commit);
  });

  it('is none outside of any repository', () => {
    writeFileSync(join(folder, 'alone.js'), '');
    expect(originOf({ kernels: [join(folder, 'alone.js')], variants: [] })).toEqual({});
  });
});

it('what the zoo itself writes changes nothing of what is measured; any other file does', () => {
  process.chdir(join(repository, 'bench'));
  for (const path of ['bench/results/1.jsonl', 'bench/.zoo-history/history.json']) {
    mkdirSync(join(repository, path, '..'), { recursive: true });
    writeFileSync(join(repository, path), '{}');
  }
  expect(gitState(repository).dirty).toBe(false);
  expect(gitState(join(repository, 'bench')).dirty).toBe(false);
  writeFileSync(join(repository, 'other.js'), '');
  expect(gitState(join(repository, 'bench')).dirty).toBe(true);
});
