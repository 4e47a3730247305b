/** The scripts within action.yml and the workflow that comments, run as a runner would, with what they call replaced. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../harness/root.ts';
import { COMMENT_MARK } from './github.ts';
import { scratchRepository } from './scratch.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'zoo-workflows-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The text of `key: |` in a YAML file, without its indentation; `key: text` on one line. */
function scripts(file: string, key: string): string[] {
  const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
  return lines.flatMap((line, i) => {
    const [, indent, rest] = new RegExp(`^( *)(?:- )?${key}: (.+)$`).exec(line) ?? [];
    if (indent === undefined || rest === undefined) return [];
    if (rest !== '|') return [rest];
    const end = lines.findIndex((other, j) => j > i && /\S/.test(other) && !other.startsWith(`${indent}  `));
    const own = lines.slice(i + 1, end < 0 ? undefined : end);
    const depth = /^ */.exec(own[0]!)![0].length;
    return [own.map((each) => each.slice(depth)).join('\n')];
  });
}

describe('the action', () => {
  const { repository, commit } = scratchRepository(join(folder, 'repository'));
  commit('first', '');
  const base = commit('second', '');
  const [gate, history] = scripts('ci/action.yml', 'run') as [string, string];
  /** Stands in for npx: says what it was given, and ends as it is told. */
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'npx'), '#!/bin/sh\necho "$*"\nexit "$CODE"\n');
  chmodSync(join(bin, 'npx'), 0o755);
  const out = join(folder, 'temp/kernel-zoo-gate');

  function runs(script: string, env: Record<string, string>, code = 0) {
    // As a runner starts `shell: bash`.
    const { status, stdout, stderr } = spawnSync(
      'bash',
      ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script],
      {
        ...{ cwd: repository, encoding: 'utf8' },
        env: {
          PATH: `${bin}${delimiter}${process.env.PATH}`,
          ...{
            OUT: out,
            CODE: String(code),
            BASE: base,
            SELECT: '',
            BUDGET: '5m',
            THRESHOLD: '3',
            SETUP: '',
          },
          ...{ NUMBER: '', BRANCH: 'zoo-history', ...env },
        },
      },
    );
    return { code: status, out: stdout.trim(), err: stderr };
  }

  it('gives the selection as words, and the setup as one', () => {
    const env = { SELECT: 'matmul --backend wasm', SETUP: 'npm run build', NUMBER: '7' };
    const { code, out: said, err } = runs(gate, env);
    expect(code, err).toBe(0);
    expect(said).toBe(
      `zoo gate matmul --backend wasm --base ${base} --budget 5m --threshold 3 --base-setup npm run build --out ${out} --github`,
    );
    expect(readFileSync(join(out, 'pull-request'), 'utf8')).toBe('7\n');
  });

  it('passes where time was up (3), and fails with every other code', () => {
    expect([0, 1, 2, 3, 4].map((code) => runs(gate, {}, code).code)).toEqual([0, 1, 2, 0, 4]);
  });

  it('takes the commit before where the event names none', () => {
    for (const BASE of ['', '0'.repeat(40)]) expect(runs(gate, { BASE }).out).toContain('--base HEAD~1 ');
  });

  it("keeps the candidate's records, not the base's", () => {
    for (const side of ['base', 'candidate']) writeFileSync(join(out, `2026-${side}.jsonl`), '');
    expect(runs(history, {}).out).toBe(
      `zoo history add ${join(out, '2026-candidate.jsonl')} --branch zoo-history --push`,
    );
  });

  it('has a script for each step that runs one, and bash takes them', () => {
    expect(scripts('ci/action.yml', 'run')).toHaveLength(2);
    for (const script of [gate, history]) execFileSync('bash', ['-n', '-c', script]);
  });
});

describe('the workflow that comments, with the permission that a fork has not', () => {
  const [script] = scripts('.github/workflows/gate-comment.yml', 'script') as [string];
  const here = join(folder, 'comment');
  const before = process.cwd();
  beforeEach(() => {
    mkdirSync(join(here, 'gate'), { recursive: true });
    process.chdir(here);
  });
  afterEach(() => process.chdir(before));

  interface Given {
    readonly number?: string;
    readonly body?: string;
    /** Commit of the pull request of that number, where the one that was tested is `tested`. */
    readonly head?: string;
    readonly comments?: readonly { id: number; body: string; user: { type: string } }[];
  }

  /** @returns what was done to comments */
  async function comments({
    number = '7',
    body = `${COMMENT_MARK}\nslower`,
    head = 'tested',
    comments = [],
  }: Given) {
    writeFileSync('gate/pull-request', `${number}\n`);
    writeFileSync('gate/comment.md', body);
    const done: unknown[] = [];
    const github = {
      rest: {
        pulls: { get: async () => ({ data: { head: { sha: head } } }) },
        issues: {
          listComments: {},
          updateComment: async ({ comment_id, body: text }: { comment_id: number; body: string }) =>
            void done.push({ update: comment_id, text }),
          createComment: async ({ issue_number, body: text }: { issue_number: number; body: string }) =>
            void done.push({ create: issue_number, text }),
        },
      },
      paginate: async () => comments,
    };
    const context = { repo: { owner: 'o', repo: 'r' }, payload: { workflow_run: { head_sha: 'tested' } } };
    const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
    const require = () => ({ existsSync, readFileSync });
    await new AsyncFunction('require', 'context', 'github', script)(require, context, github);
    return done;
  }

  it('writes one comment, and the next time in its place', async () => {
    expect(await comments({})).toEqual([{ create: 7, text: `${COMMENT_MARK}\nslower` }]);
    const own = { id: 3, body: `${COMMENT_MARK}\nfaster`, user: { type: 'Bot' } };
    expect(await comments({ comments: [own] })).toEqual([{ update: 3, text: `${COMMENT_MARK}\nslower` }]);
  });

  it("leaves a person's comment alone that begins alike", async () => {
    const other = { id: 3, body: `${COMMENT_MARK}\nmine`, user: { type: 'User' } };
    expect(await comments({ comments: [other] })).toEqual([expect.objectContaining({ create: 7 })]);
  });

  it('does not believe a fork: another pull request, no number, or a text that the gate did not write', async () => {
    expect(await comments({ head: 'another' })).toEqual([]);
    for (const number of ['', '0', '-1', '7; rm', '1.5'])
      expect(await comments({ number }), number).toEqual([]);
    expect(await comments({ body: 'click here' })).toEqual([]);
  });
});
