/** A user's repository with real commits: its budgets, the gate against the commit before, and its history, by the installed package. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const KERNEL = ['--kernel', './mine.js'];
const CELL = 'mine/naive@N=1023';

/** Of a user: comments, and bounds that hold on any machine. */
const BUDGETS = `{
  "$schema": "../node_modules/kernel-zoo/dist/ci/budgets.schema.json",
  // Held loosely: this is to pass on any machine.
  "ratios": [
    { "faster": "mine/naive", "than": "mine/mapped", "case": "N=1023", "atLeast": 0.01, "why": "a loop is no slower" }
  ],
  "limits": [
    { "of": "mine/naive", "case": "N=1023", "bytesPerCall": 0, "collections": 0, "error": 6e-8, "why": "writes where it is told" }
  ]
}
`;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/**
 * @param project holds the installed package and mine.js
 * @param node program that zoo is to run in
 * @throws Error at the first thing that is not as it must be
 */
export function tryRepository(project: string, node: string): void {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=zoo', '-c', 'user.email=zoo@localhost', ...args], {
      ...{ cwd: project, encoding: 'utf8', stdio: 'pipe' },
    }).trim();
  const zoo = (...args: string[]): Ended => {
    const entry = join(project, 'node_modules/kernel-zoo/cli/zoo.js');
    const env = { ...process.env, NODE_OPTIONS: '', XDG_CACHE_HOME: join(project, 'node_modules/.cache') };
    const { status, stdout, stderr } = spawnSync(node, [entry, ...args], {
      cwd: project,
      encoding: 'utf8',
      env,
    });
    return { code: status, out: stdout, err: stderr };
  };
  const must = (what: string, { code, out, err }: Ended, wanted: number, said: RegExp) => {
    if (code !== wanted || !said.test(out))
      throw new Error(`${what}: exit code ${code}, not ${wanted}, or not ${said}:\n${out}\n${err}`);
  };
  const commit = (message: string) => {
    git('add', '-A');
    git('commit', '-q', '-m', message);
    return git('rev-parse', 'HEAD');
  };

  git('init', '-q', '-b', 'main');
  writeFileSync(join(project, '.gitignore'), 'node_modules\n*.tgz\n');
  mkdirSync(join(project, 'ci'), { recursive: true });
  writeFileSync(join(project, 'ci/budgets.json'), BUDGETS);
  const first = commit('a kernel and its budgets');
  must('budgets', zoo('gate', ...KERNEL, '--no-tiers'), 0, /gate: passed: .*1 ratio, 1 limit/);

  const quick = ['--processes', '2', '--time', '20', '--no-tiers'];
  const keep = () => {
    must('bench', zoo('bench', ...KERNEL, 'mine', ...quick), 0, /mine/);
    return zoo('history', 'add', '--branch', 'zoo-history');
  };
  must('history add', keep(), 0, new RegExp(`records of ${first.slice(0, 12)} in branch zoo-history`));

  const text = readFileSync(join(project, 'mine.js'), 'utf8');
  const slow = text.replace('out[n] =', 'for (let k = 0; k < 16; k++) out[n] = 0 * Math.sqrt(k) +');
  if (slow === text) throw new Error('mine.js is not what this slows down');
  writeFileSync(join(project, 'mine.js'), slow);
  const second = commit('a loop too much');
  must('history add', keep(), 0, new RegExp(`records of ${second.slice(0, 12)} in branch zoo-history`));
  must('history show', zoo('history', 'show', CELL, '--branch', 'zoo-history'), 0, /a loop too much/);

  const against = zoo('gate', CELL, '--base', 'HEAD~1', ...KERNEL, '--budget', '4m');
  must('gate --base', against, 1, /mine\/naive@N=1023 +slower/);
  const found = zoo('history', 'bisect', CELL, '--good', first, ...KERNEL, '--budget', '4m');
  must('history bisect', found, 0, new RegExp(`^${second}\\na loop too much`));
}
