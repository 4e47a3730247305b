/**
 * The commit that changed one cell, by binary search over the first parents between a good and a bad commit. Each step holds a commit
 * against the good one in pairs of processes, as `zoo gate --base` does. Measuring is given from outside, so that the search can be
 * tested without a clock.
 */
import { execFileSync } from 'node:child_process';
import { oneLine, UsageError } from '../harness/errors.ts';
import type { CommitInfo } from '../reports/trends.ts';
import { commitInfo } from './history.ts';
import type { PairedRow, PairedVerdict } from './paired.ts';
import { sentence } from './paired-text.ts';

export interface BisectOptions {
  /** Branch, tag or hash; `good` is an ancestor of `bad`. */
  readonly good: string;
  readonly bad: string;
  /** Folder within the repository. */
  readonly from: string;
  /** Least change of time that is looked for, 0.03 for 3 %. */
  readonly threshold: number;
  /**
   * One cell of two commits.
   * @param threshold least change of time that is named
   * @throws UsageError where the candidate cannot be measured: the search goes on beside it
   */
  compare(base: string, candidate: string, threshold: number): Promise<PairedRow>;
  onStep(line: string): void;
}

export type Bisection =
  /** `row` holds the commit against the one before it. */
  | { readonly kind: 'found'; readonly commit: CommitInfo; readonly before: string; readonly row: PairedRow }
  /** `within`: the commits of which one is meant, oldest first; empty where nothing was found to differ. */
  | { readonly kind: 'inconclusive'; readonly reason: string; readonly within: readonly string[] };

/** What can be looked for. */
const CHANGES: readonly PairedVerdict[] = ['slower', 'faster', 'wrong', 'failed', 'more-bytes'];
/** While what has no clock is looked for, only such changes of time are waited for. */
const NOT_TIME = 0.5;

/**
 * A change of time is looked for by half its size: several smaller ones between the two commits lead to one that crosses it.
 * @throws UsageError for commits that are none, or not one behind the other
 */
export async function bisect(options: BisectOptions): Promise<Bisection> {
  const { from, threshold, compare, onStep } = options;
  const { good, commits } = range(options);
  const bad = commits.at(-1)!;
  const name = (commit: string) => nameOf(commit, from);
  onStep(
    `good ${name(good)}, bad ${name(bad)}: ${commits.length} commits, about ${steps(commits)} to measure`,
  );
  const whole = await compare(good, bad, threshold);
  onStep(`bad ${said(whole)}`);
  if (!CHANGES.includes(whole.verdict))
    return { kind: 'inconclusive', reason: `the two do not differ: ${said(whole)}`, within: [] };
  const isTime = whole.verdict === 'slower' || whole.verdict === 'faster';
  const half = isTime ? Math.max(threshold, Math.exp(Math.abs(Math.log(whole.ratio!)) / 2) - 1) : NOT_TIME;

  let low = -1; // of the latest commit that is as `good` is
  let high = commits.length - 1;
  let row = whole;
  const skipped = new Set<number>();
  for (;;) {
    const at = middle(low, high, skipped);
    if (at === undefined) break;
    const commit = commits[at]!;
    const seen = await orReason(() => compare(good, commit, half));
    const side = typeof seen === 'string' ? 'skip' : sideOf(seen, whole.verdict);
    onStep(`${side} ${name(commit)}: ${typeof seen === 'string' ? seen : said(seen)}`);
    if (side === 'good') low = at;
    else if (side === 'skip' || typeof seen === 'string') skipped.add(at);
    else [high, row] = [at, seen];
  }
  const within = commits.slice(low + 1, high + 1);
  if (within.length > 1)
    return {
      ...{ kind: 'inconclusive', within },
      reason: `one of ${within.length} commits, of which ${within.length - 1} could not be judged`,
    };
  const [commit] = within as [string];
  const before = commits[low] ?? good;
  if (low >= 0) {
    // Against its own neighbour: what other commits changed is not in its ratio.
    const seen = await orReason(() => compare(before, commit, isTime ? threshold : NOT_TIME));
    const isSame = typeof seen !== 'string' && seen.verdict === whole.verdict;
    onStep(
      `${isSame ? 'found' : 'not confirmed'} ${name(commit)}: ${typeof seen === 'string' ? seen : said(seen)}`,
    );
    if (!isSame)
      return { kind: 'inconclusive', reason: 'not confirmed against the commit before it', within };
    row = seen;
  }
  return { kind: 'found', commit: commitInfo(commit, from) ?? { commit }, before, row };
}

function range({ good, bad, from }: BisectOptions): { good: string; commits: string[] } {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: from, encoding: 'utf8', stdio: 'pipe', maxBuffer: 2 ** 30 }).trim();
  const commitOf = (ref: string) => {
    try {
      return git('rev-parse', '--verify', '--quiet', `${ref}^{commit}`);
    } catch {
      throw new UsageError(`no such commit: "${ref}"`);
    }
  };
  const [first, last] = [commitOf(good), commitOf(bad)];
  try {
    git('merge-base', '--is-ancestor', first, last);
  } catch {
    throw new UsageError(
      `--good ${good} is no ancestor of --bad ${bad}; where it is missing from a shallow clone, git fetch --unshallow brings it`,
    );
  }
  const commits = git('rev-list', '--first-parent', '--reverse', `${first}..${last}`)
    .split('\n')
    .filter((line) => line !== '');
  if (commits.length === 0) throw new UsageError(`--good ${good} and --bad ${bad} are the same commit`);
  return { good: first, commits };
}

/** With the two ends and the last, which confirms. */
function steps(commits: readonly string[]): number {
  return Math.ceil(Math.log2(commits.length)) + 2;
}

/** The unjudged commit nearest to the middle; undefined where none is left between. */
function middle(low: number, high: number, skipped: ReadonlySet<number>): number | undefined {
  const open = Array.from({ length: high - low - 1 }, (_, i) => low + 1 + i).filter((at) => !skipped.has(at));
  const centre = (low + high) / 2;
  return open.sort((a, b) => Math.abs(a - centre) - Math.abs(b - centre))[0];
}

async function orReason(compare: () => Promise<PairedRow>): Promise<PairedRow | string> {
  try {
    return await compare();
  } catch (error) {
    if (error instanceof UsageError) return oneLine(error.message);
    throw error;
  }
}

/** Of a commit that was held against the good one. What cannot be timed, or was not decided, says nothing. */
function sideOf({ verdict }: PairedRow, wanted: PairedVerdict): 'good' | 'bad' | 'skip' {
  if (verdict === wanted) return 'bad';
  if (verdict === 'new' || verdict === 'removed' || verdict === 'wrong' || verdict === 'failed')
    return 'skip';
  if (wanted === 'slower' || wanted === 'faster')
    return verdict === 'inconclusive' || verdict === 'more-bytes' || verdict === 'checked' ? 'skip' : 'good';
  return 'good';
}

function said(row: PairedRow): string {
  return [row.verdict, sentence(row)].filter((text) => text !== '').join(', ');
}

function nameOf(commit: string, from: string): string {
  const { subject } = commitInfo(commit, from) ?? {};
  return `${commit.slice(0, 10)}${subject ? ` "${subject}"` : ''}`;
}
