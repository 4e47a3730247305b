/**
 * A history on a branch of its own, which shares no commit with the others. Written by git's plumbing with an index of its own: the work
 * tree, the index and HEAD of the repository are never touched. The branch moves only from the commit that was read; when another
 * job was faster, its files are taken along and it is tried again.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { oneLine, UsageError } from '../harness/errors.ts';
import { type HistoryFiles, type HistoryStore, MARKER } from './history.ts';

/** Of moving a branch that others move too. */
const TRIES = 50;
/** Longest wait between two tries, which is random, so that jobs that started together part. */
const WAIT_MS = 200;

export interface BranchOptions {
  /** Name of the remote that the branch is fetched from and pushed to. */
  readonly push?: string;
}

type Git = (args: readonly string[], more?: { input?: string; index?: string }) => string;

function gitIn(from: string): Git {
  return (args, { input = '', index } = {}) =>
    execFileSync('git', args, {
      ...{ cwd: from, encoding: 'utf8', stdio: 'pipe', input, maxBuffer: 2 ** 30 },
      // Its messages are looked at.
      env: { ...process.env, LC_ALL: 'C', ...(index === undefined ? {} : { GIT_INDEX_FILE: index }) },
    });
}

/**
 * @param from folder within the repository
 * @throws UsageError for no repository, and for a name that is none of a branch
 */
export function branchStore(branch: string, from: string, { push }: BranchOptions = {}): HistoryStore {
  const git = gitIn(from);
  if (!works(git, ['rev-parse', '--git-dir']))
    throw new UsageError(`--branch needs a git repository, and ${from} is in none`);
  if (!works(git, ['check-ref-format', '--branch', branch]))
    throw new UsageError(`"${branch}" is no name of a branch`);
  const local = `refs/heads/${branch}`;
  const remote = `refs/remotes/${push ?? 'origin'}/${branch}`;
  const name = `branch ${branch}`;

  /** Commits that hold parts of the history: what is here, and what was fetched and is not in it. */
  const tips = (): string[] => {
    const commits = [local, remote].flatMap((ref) => commitAt(git, ref) ?? []);
    for (const commit of commits)
      if (!works(git, ['cat-file', '-e', `${commit}:${MARKER}`]))
        throw new UsageError(`${name} is no history: it holds other things (and no ${MARKER})`);
    return [...new Set(commits)].filter(
      (commit) =>
        !commits.some(
          (other) => other !== commit && works(git, ['merge-base', '--is-ancestor', commit, other]),
        ),
    );
  };

  return {
    name,
    read() {
      const commits = tips();
      if (commits.length === 0)
        throw new UsageError(
          `no ${name}: zoo history add --branch ${branch} makes one, git fetch origin ${branch} brings it`,
        );
      return new Map(commits.flatMap((commit) => filesAt(git, commit)));
    },
    add(files) {
      let added = 0;
      for (let i = 0; i < TRIES; i++) {
        if (push !== undefined) fetch(git, push, branch, remote);
        const before = commitAt(git, local);
        const parents = tips();
        const { commit, fresh } = commitFiles(git, parents, files);
        // Of a try whose push came too late, they are on the local branch already.
        added = Math.max(added, fresh);
        const moved = commit === before || works(git, ['update-ref', local, commit, before ?? NONE]);
        if (moved && (push === undefined || pushed(git, push, local))) return added;
        pause(Math.random() * WAIT_MS);
      }
      throw new UsageError(`${name} was moved by others ${TRIES} times in a row: try again`);
    },
  };
}

/** To update-ref: the branch must not exist yet. */
const NONE = '';

function works(git: Git, args: readonly string[]): boolean {
  try {
    git(args);
    return true;
  } catch {
    return false;
  }
}

function commitAt(git: Git, ref: string): string | undefined {
  try {
    return git(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]).trim();
  } catch {
    return undefined;
  }
}

/** Blocks: git is called so as well, and nothing else goes on. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** @returns the parent itself where nothing is new, and how many files are */
function commitFiles(
  git: Git,
  parents: readonly string[],
  files: HistoryFiles,
): { commit: string; fresh: number } {
  const folder = mkdtempSync(join(tmpdir(), 'zoo-history-'));
  const index = join(folder, 'index');
  try {
    git(['read-tree', '--empty'], { index });
    const known = new Set<string>();
    for (const parent of parents) {
      const entries = git(['ls-tree', '-r', '-z', parent]);
      git(['update-index', '-z', '--index-info'], { index, input: entries });
      for (const path of pathsOf(entries)) known.add(path);
    }
    const fresh = [...files].filter(([path]) => !known.has(path));
    const entries = fresh.map(([path, text]) => {
      const blob = git(['hash-object', '-w', '--stdin'], { input: text }).trim();
      return `100644 blob ${blob}\t${path}\0`;
    });
    git(['update-index', '-z', '--index-info'], { index, input: entries.join('') });
    const [only, ...others] = parents;
    if (fresh.length === 0 && only !== undefined && others.length === 0) return { commit: only, fresh: 0 };
    const tree = git(['write-tree'], { index }).trim();
    const commits = new Set(fresh.flatMap(([path]) => /^(.+?)\//.exec(path)?.[1]?.slice(0, 12) ?? []));
    const message = commits.size > 0 ? `Records of ${[...commits].join(', ')}` : 'Both histories';
    const commit = git([...identity(git), 'commit-tree', tree, ...parents.flatMap((p) => ['-p', p])], {
      input: message,
    }).trim();
    return { commit, fresh: fresh.length };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Machines of a CI have no name that git could sign with. */
function identity(git: Git): string[] {
  return works(git, ['var', 'GIT_COMMITTER_IDENT']) && works(git, ['var', 'GIT_AUTHOR_IDENT'])
    ? []
    : ['-c', 'user.name=kernel-zoo', '-c', 'user.email=kernel-zoo@localhost'];
}

function pathsOf(entries: string): string[] {
  return entries.split('\0').flatMap((entry) => entry.split('\t')[1] ?? []);
}

function filesAt(git: Git, commit: string): [path: string, text: string][] {
  const entries = git(['ls-tree', '-r', '-z', commit])
    .split('\0')
    .flatMap((entry) => {
      const [, blob, path] = /^\d+ blob (\w+)\t(.+)$/s.exec(entry) ?? [];
      return blob && path ? [{ blob, path }] : [];
    });
  // One process for all of them: `<hash> blob <bytes>`, the content, and the end of a line, for each.
  const all = Buffer.from(
    git(['cat-file', '--batch'], { input: entries.map(({ blob }) => `${blob}\n`).join('') }),
  );
  let at = 0;
  return entries.map(({ path }) => {
    const start = all.indexOf('\n', at) + 1;
    const end = start + Number(all.toString('utf8', at, start).split(' ')[2]);
    at = end + 1;
    return [path, all.toString('utf8', start, end)];
  });
}

function fetch(git: Git, remote: string, branch: string, into: string): void {
  try {
    // Asked first: to fetch a branch that is not there yet is an error.
    if (git(['ls-remote', '--heads', remote, `refs/heads/${branch}`]).trim() === '') return;
    git(['fetch', '--quiet', '--no-tags', remote, `+refs/heads/${branch}:${into}`]);
  } catch (error) {
    throw new UsageError(`cannot fetch ${branch} from ${remote}: ${reasonOf(error)}`);
  }
}

/** @returns false where somebody else pushed meanwhile */
function pushed(git: Git, remote: string, ref: string): boolean {
  try {
    git(['push', '--quiet', remote, `${ref}:${ref}`]);
    return true;
  } catch (error) {
    const reason = reasonOf(error);
    if (/\[rejected\]|fetch first|non-fast-forward|cannot lock ref|failed to update ref/.test(reason))
      return false;
    throw new UsageError(`cannot push ${ref} to ${remote}: ${reason}`);
  }
}

function reasonOf(error: unknown): string {
  const { stderr } = error as { stderr?: string };
  return stderr?.trim() ? oneLine(new Error(stderr.trim())) : oneLine(error);
}
