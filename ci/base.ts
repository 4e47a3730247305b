/** The tree of an earlier commit, ready to be measured: a worktree of its own, kept by commit. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { oneLine, UsageError } from '../harness/errors.ts';
import { gitState, type Origin } from '../harness/origin.ts';

export interface BaseTree {
  /** Full hash. */
  readonly commit: string;
  /** Root of the worktree. */
  readonly folder: string;
  /** Of the repository that it belongs to. */
  readonly repository: string;
  /** The working tree of that repository, as it was before anything was measured. */
  readonly here: Origin;
}

/** For `npm ci` and a build of the user's own, minutes each on a slow line. */
const SETUP_MS = 15 * 60_000;

/**
 * @param ref branch, tag or hash
 * @param from folder within the repository
 * @param setup command that is run in a new tree where the code needs building; its modules are there already
 * @throws UsageError, in one line: no repository, no such commit (or none in a shallow clone), or it does not build
 */
export function checkOutBase(ref: string, from: string, setup?: string): BaseTree {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: from, encoding: 'utf8', stdio: 'pipe' }).trim();
  let repository: string;
  try {
    repository = git('rev-parse', '--show-toplevel');
  } catch {
    throw new UsageError(`--base needs a git repository, and ${from} is in none`);
  }
  const commit = commitOf(ref, git);
  const here = gitState(from);
  const folder = join(cacheOf(repository), commit.slice(0, 12));
  const ready = join(folder, '.zoo-ready');
  if (!existsSync(ready)) {
    // A tree that a kill left half made, and git's memory of it.
    rmSync(folder, { recursive: true, force: true });
    git('worktree', 'prune');
    mkdirSync(cacheOf(repository), { recursive: true });
    git('worktree', 'add', '--detach', '--force', folder, commit);
    try {
      bringModules(repository, folder);
      if (setup) run(setup, folder);
    } catch (error) {
      throw new UsageError(`the base ${commit.slice(0, 12)} does not build: ${why(error)}`);
    }
    writeFileSync(ready, '');
  }
  return { commit, folder, repository, here };
}

/** Outside the repository, where no test runner, linter or bundler of its own finds a second copy of everything. */
function cacheOf(repository: string): string {
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const name = createHash('sha256').update(repository).digest('hex').slice(0, 12);
  return join(caches, 'kernel-zoo', 'base', name);
}

function commitOf(ref: string, git: (...args: string[]) => string): string {
  try {
    return git('rev-parse', '--verify', '--quiet', `${ref}^{commit}`);
  } catch {
    const shallow = git('rev-parse', '--is-shallow-repository') === 'true';
    throw new UsageError(
      shallow
        ? `this clone is shallow and lacks the base "${ref}": fetch it (git fetch --depth=1 origin ${ref}, or fetch-depth: 0 in CI)`
        : `no such commit: "${ref}"`,
    );
  }
}

const LOCKS = ['package-lock.json', 'package.json'];

/** The candidate's own modules where both sides lock the same ones, which is nearly always; else a fresh install. */
function bringModules(repository: string, folder: string): void {
  if (!existsSync(join(folder, 'package.json'))) return;
  const read = (root: string) => {
    const lock = LOCKS.find((name) => existsSync(join(root, name)))!;
    return readFileSync(join(root, lock), 'utf8');
  };
  const modules = join(repository, 'node_modules');
  if (existsSync(modules) && read(repository) === read(folder)) {
    symlinkSync(modules, join(folder, 'node_modules'), 'junction');
    return;
  }
  const hasLock = existsSync(join(folder, 'package-lock.json'));
  run(`npm ${hasLock ? 'ci' : 'install'} --no-audit --no-fund`, folder);
}

function run(command: string, cwd: string): void {
  execFileSync(command, { cwd, shell: true, encoding: 'utf8', stdio: 'pipe', timeout: SETUP_MS });
}

/** The last line that a command said before it failed. */
function why(error: unknown): string {
  const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string };
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.find((line) => /error/i.test(line)) ?? lines.at(-1);
  return telling?.trim() ?? oneLine(error);
}

/** The same file in the base's tree; undefined where the base has none. */
export function inBase(file: string, { folder, repository }: BaseTree): string | undefined {
  const path = relative(repository, resolve(file));
  if (path.startsWith('..')) return resolve(file); // outside the repository: both sides have the same
  const there = join(folder, path);
  return existsSync(there) ? there : undefined;
}
