import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { NO_FILES } from '../harness/catalogue.ts';
import type { Against } from './against-base.ts';
import { annotations, COMMENT_MARK, tellGithub } from './github.ts';
import type { PairedRow } from './paired.ts';

const repository = mkdtempSync(join(tmpdir(), 'zoo-github-'));
afterAll(() => rmSync(repository, { recursive: true }));
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=zoo', '-c', 'user.email=zoo@localhost', ...args], {
    cwd: repository,
    encoding: 'utf8',
  }).trim();

let commit: string;
beforeAll(() => {
  git('init', '-q');
  mkdirSync(join(repository, 'kernels/gelu'), { recursive: true });
  writeFileSync(join(repository, 'kernels/gelu/simd.ts'), 'one\ntwo\nthree\n');
  git('add', '-A');
  git('commit', '-qm', 'base');
  commit = git('rev-parse', 'HEAD');
  writeFileSync(join(repository, 'kernels/gelu/simd.ts'), 'one\ntwo\nthree, slower\n');
});

function against(...rows: PairedRow[]): Against {
  return { base: { commit, repository, folder: repository, here: { dirty: true } }, rows, seconds: 12 };
}
const slower: PairedRow = {
  ...{ id: 'gelu/simd@N=3072', runtime: 'node', verdict: 'slower', pairs: 11 },
  ...{ ratio: 1.051, low: 1.039, high: 1.062 },
};

describe('annotations', () => {
  it('stand on the first changed line of the kernel', () => {
    expect(annotations(against(slower), NO_FILES)).toEqual([
      '::error file=kernels/gelu/simd.ts,line=3,title=gelu/simd@N=3072%3A slower::time +5.10 %25 (+3.90 %25 to +6.20 %25, 11 pairs)',
    ]);
  });

  it('of a pipeline stand in the file of the function that it became slower by', () => {
    const parts = [{ name: 'gelu', file: 'kernels/gelu/simd.ts', isChanged: true, us: 8, halfUs: 1 }];
    const explained = { pairs: 5, unit: 'token' as const, us: 8.1, halfUs: 1, parts };
    const [line] = annotations(against({ ...slower, id: 'llama-decode/simd@depth=0', explained }), NO_FILES);
    expect(line).toMatch(/^::error file=kernels\/gelu\/simd\.ts,line=3,.* gelu \+8\.0 ± 1\.0 \(/);
  });

  it('have no place where no file of the kernel was changed', () => {
    const elsewhere = { ...slower, id: 'rope/naive@T=1,H=1' };
    expect(annotations(against(elsewhere), NO_FILES)[0]).toMatch(
      /^::error title=rope\/naive@T=1%2CH=1%3A slower::/,
    );
  });

  it('cannot be broken out of by a reason', () => {
    const wrong: PairedRow = { ...slower, verdict: 'wrong', reason: 'a\n::error::forged 100 %' };
    const [line] = annotations(against(wrong), NO_FILES);
    expect(line!.split('\n')).toHaveLength(1);
    expect(line).toMatch(/::a%0A::error::forged 100 %25$/);
  });

  it('are silent about what is the same or faster', () => {
    const rows = (['same', 'faster', 'new', 'checked'] as const).map((verdict) => ({ ...slower, verdict }));
    expect(annotations(against(...rows), NO_FILES)).toEqual([]);
  });
});

it('writes the summary and a comment that the next one can find', () => {
  const summary = join(repository, 'summary.md');
  vi.stubEnv('GITHUB_STEP_SUMMARY', summary);
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  tellGithub(against(slower), NO_FILES, repository);
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  const text = readFileSync(summary, 'utf8');
  expect(text).toContain('| gelu/simd@N=3072 | slower');
  expect(readFileSync(join(repository, 'comment.md'), 'utf8')).toBe(`${COMMENT_MARK}\n${text}`);
});
