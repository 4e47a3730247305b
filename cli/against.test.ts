/** `zoo gate --base` as a person uses it, on a scratch repository with real commits. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PairedRow } from '../ci/paired.ts';
import {
  kernelFile,
  PIPELINE,
  pipelineKernels,
  SLOW,
  SQUARE,
  scratchRepository,
} from '../ci/scratch.fixture.ts';
import { ROOT } from '../harness/root.ts';

const folder = mkdtempSync(join(tmpdir(), 'zoo-against-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { repository, commit } = scratchRepository(join(folder, 'repository'));

function gate(args: string[], cwd = repository) {
  const result = spawnSync(process.execPath, [join(ROOT, 'cli/zoo.js'), 'gate', ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') },
  });
  return { code: result.status, out: result.stdout, err: result.stderr };
}
const toy = (base: string, ...more: string[]) =>
  gate([
    '--base',
    base,
    '--kernel',
    'kernel.mjs',
    '--format',
    'json',
    '--out',
    join(folder, 'results'),
    ...more,
  ]);

beforeAll(() => {
  const before = { same: SQUARE, slower: SQUARE, bytes: SQUARE, wrong: SQUARE, old: SQUARE };
  commit('before', kernelFile(before));
  const after = {
    same: SQUARE,
    slower: SLOW,
    bytes: `${SQUARE} if (i === 0) kept = [i, i];`,
    wrong: `${SQUARE} if (i > 4000) out[i] += 1;`,
  };
  commit('after', kernelFile({ ...after, renamed: SQUARE }));
});

describe('against the commit before', () => {
  let rows: Record<string, { verdict: string; reason?: string; ratio?: number; bytes?: number[] }>;
  let result: ReturnType<typeof gate>;
  beforeAll(() => {
    // Ends when all is decided: what is eight times as slow is far from a half, and so is, on a busy machine too, what nobody touched.
    result = toy('HEAD~1', '--budget', '240s', '--threshold', '50');
    const parsed = JSON.parse(result.out) as { rows: { id: string; verdict: string }[] };
    rows = Object.fromEntries(parsed.rows.map((row) => [row.id.split(/[/@]/)[1], row]));
  }, 300_000);

  it('ends with 1', () => expect(result.code, result.err).toBe(1));
  it('says nothing of a variant that nobody touched', () =>
    expect(['same', 'inconclusive']).toContain(rows.same!.verdict));
  it('finds the loop that does eight times the work', () => {
    expect(rows.slower!.verdict).toBe('slower');
    expect(rows.slower!.ratio).toBeGreaterThan(1.5);
  });
  it('finds the array that a call allocates', () => {
    expect(rows.bytes!.verdict).toBe('more-bytes');
    expect(rows.bytes!.bytes![0]).toBe(0);
  });
  it('finds the wrong elements', () => {
    expect(rows.wrong).toMatchObject({ verdict: 'wrong' });
    expect(rows.wrong!.reason).toMatch(/got/);
  });
  it('tells a variant that was renamed from one that is new', () => {
    expect(rows.old).toMatchObject({ verdict: 'removed', reason: 'renamed to toy/renamed?' });
    expect(rows.renamed!.verdict).toBe('new');
  });
});

it('an unchanged tree raises no alarm, and nothing is said of its cells', () => {
  const args = ['--kernel', 'kernel.mjs', '--out', join(folder, 'results'), '--budget', '20s'];
  const { code, out } = gate(['--base', 'HEAD', ...args, 'toy/same', 'toy/renamed']);
  // 3: time was up, on a busy machine.
  expect([0, 3]).toContain(code);
  expect(out).not.toMatch(/slower|faster|wrong|more-bytes|failed/);
  expect(out).toMatch(/2 cells against [0-9a-f]{12} in \d+ s: /);
}, 120_000);

describe('a base that is none', { timeout: 30_000 }, () => {
  it('is no commit: 2', () => {
    expect(toy('no-such-branch')).toMatchObject({ code: 2, err: 'zoo: no such commit: "no-such-branch"\n' });
  });

  it('is no repository: 2', () => {
    expect(gate(['--base', 'main'], folder).err).toMatch(/^zoo: --base needs a git repository/);
  });

  it('is not in a shallow clone: 2, and how to bring it', () => {
    const shallow = join(folder, 'shallow');
    execFileSync('git', ['clone', '-q', '--depth', '1', `file://${repository}`, shallow]);
    const { code, err } = gate(['--base', 'HEAD~1', '--kernel', 'kernel.mjs'], shallow);
    expect(code).toBe(2);
    expect(err).toMatch(/^zoo: this clone is shallow and lacks the base "HEAD~1": fetch it/);
  });

  it('does not build: 2, and the line that says why', () => {
    commit('unbuilt', kernelFile({ same: SQUARE }));
    const { code, err } = toy('HEAD', '--base-setup', 'echo "error: no compiler" >&2; exit 1');
    expect(code).toBe(2);
    expect(err).toMatch(/^zoo: the base [0-9a-f]{12} does not build: error: no compiler/);
  });

  it('does not load: 2', () => {
    commit('broken', 'export default {');
    commit('mended', kernelFile({ same: SQUARE }));
    const { code, err } = toy('HEAD~1');
    expect(code).toBe(2);
    expect(err).toMatch(/^zoo: the base [0-9a-f]{12} cannot be measured: .*kernel\.mjs fails on import/);
  });
});

it('measures a tree with changes that are not committed, and says so; a file that the base lacks is new', () => {
  writeFileSync(join(repository, 'more.mjs'), kernelFile({ same: SQUARE }).replace("'toy'", "'more'"));
  const args = ['--base', 'HEAD', '--kernel', 'more.mjs', '--format', 'json', '--budget', '10s'];
  const { code, out } = gate([...args, '--out', join(folder, 'results')]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ candidateDirty: true, rows: [{ verdict: 'new' }] });
}, 60_000);

describe('what is no longer there', { timeout: 120_000 }, () => {
  const removed = (...more: string[]) => {
    const { out } = toy('HEAD~1', '--budget', '1s', ...more);
    const { rows } = JSON.parse(out) as { rows: { id: string; verdict: string; reason?: string }[] };
    return rows.filter(({ verdict }) => verdict === 'removed').map(({ id, reason }) => [id, reason]);
  };

  it('a variant', () => {
    commit('two', kernelFile({ same: SQUARE, gone: SQUARE }));
    commit('one', kernelFile({ same: SQUARE }));
    expect(removed()).toEqual([['toy/gone@N=4096', 'not in the candidate']]);
  });

  it('a kernel, by its name', () => {
    commit('another name', kernelFile({ same: SQUARE }).replace("'toy'", "'square'"));
    expect(removed()).toEqual([['toy/same@N=4096', 'renamed to square?']]);
  });
});

describe('a pipeline whose kernel became slower', () => {
  const scratch = scratchRepository(join(folder, 'pipeline'));
  beforeAll(() => {
    scratch.commit('before', PIPELINE, pipelineKernels(SQUARE));
    scratch.commit('after', PIPELINE, pipelineKernels(SLOW));
  });

  it('is explained by that kernel, and by nothing else', () => {
    const args = ['--base', 'HEAD~1', '--kernel', 'kernel.mjs', '--format', 'json', '--budget', '240s'];
    const { code, out, err } = gate([...args, '--out', join(folder, 'results')], scratch.repository);
    expect(code, err).toBe(1);
    const [row] = (JSON.parse(out) as { rows: [PairedRow] }).rows;
    expect(row).toMatchObject({ id: 'toy-decode/js@N=65536', verdict: 'slower' });
    const { unit, us, parts } = row.explained!;
    expect(unit).toBe('token');
    expect(parts[0]).toMatchObject({ name: 'multiply', file: 'multiply.mjs', isChanged: true });
    expect(parts[0]!.us / us).toBeGreaterThan(0.8);
    expect(parts.filter(({ isChanged }) => isChanged)).toHaveLength(1);
  }, 400_000);
});
