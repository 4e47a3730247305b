/** `zoo gate --base`: two trees, the cells that they share, and pairs of processes until every verdict stands or time is up. */
import { realpathSync } from 'node:fs';
import { buildWasm } from '../harness/build-wasm.ts';
import { loadKernels, type UserFiles } from '../harness/catalogue.ts';
import { oneLine, UsageError } from '../harness/errors.ts';
import { makeRecord } from '../harness/make-record.ts';
import type { Origin } from '../harness/origin.ts';
import { measurePairs, type PairedCell, type Side } from '../harness/pairs.ts';
import { type Cell, type Group, makePlan, parseCase, type Selection } from '../harness/plan.ts';
import { appendRecord } from '../harness/record.ts';
import { ROOT } from '../harness/root.ts';
import { openRuntime } from '../harness/runtimes/index.ts';
import { probe } from '../harness/supervise.ts';
import { caseName, type Kernel } from '../kernels/kernel.ts';
import { type BaseTree, checkOutBase, inBase } from './base.ts';
import { PairedJudge, type PairedRow } from './paired.ts';
import { changedFiles, explainPair } from './paired-profiles.ts';

/** Short processes, and many: how much they differ decides, not how well each is known. */
export const BUDGET = { sampleMs: 60, warmupMs: 50, minSamples: 8, processes: 1, limitMs: 60_000 };

export interface AgainstOptions {
  readonly ref: string;
  /** Default: the working tree. */
  readonly candidate?: string;
  /** Folder within the candidate's repository. */
  readonly from: string;
  /** Builds a new base tree; see {@link checkOutBase}. */
  readonly setup?: string;
  readonly selection: Selection;
  readonly files: UserFiles;
  readonly budgetMs: number;
  threshold(id: string): number;
  readonly threads?: number;
  /** Records of the sides. */
  readonly recordFiles: Readonly<Record<Side, string>>;
  readonly signal?: AbortSignal;
  onProgress(label: string, open: number, cells: number): void;
}

export interface Against {
  readonly base: BaseTree;
  readonly rows: readonly PairedRow[];
  readonly seconds: number;
}

/** A commit and the working tree, or another commit, with the cells of a selection. */
export interface Trees {
  readonly base: BaseTree;
  /** Undefined for the working tree. */
  readonly candidate: BaseTree | undefined;
  readonly files: Readonly<Record<Side, UserFiles>>;
  /** Of the candidate, by whether the base has them too. */
  readonly shared: readonly Group[];
  readonly added: readonly Group[];
  /** Cells that only the base has. */
  readonly removed: readonly PairedRow[];
}

export type TreesOptions = Pick<
  AgainstOptions,
  'ref' | 'candidate' | 'from' | 'setup' | 'selection' | 'files' | 'onProgress'
>;

/** @throws UsageError, in one line: no such commit, one that does not build or load, or an empty selection */
export async function openTrees(options: TreesOptions): Promise<Trees> {
  const { selection, onProgress } = options;
  const progress = (label: string) => onProgress(label, 0, 0);
  progress(`base ${options.ref}`);
  const base = checkOutBase(options.ref, options.from, options.setup);
  const candidate =
    options.candidate === undefined
      ? undefined
      : checkOutBase(options.candidate, options.from, options.setup);
  const files = {
    candidate: candidate ? filesIn(options.files, candidate) : options.files,
    base: filesIn(options.files, base),
  };
  const build = (source: string) => progress(`building ${source}`);
  await buildWasm(build);
  const kernelsOf = (side: Side, tree: BaseTree) =>
    orSay(side, tree, async () => {
      if (files[side].tree) await buildWasm(build, files[side].tree);
      return loadKernels(files[side]);
    });
  const kernels = {
    candidate: candidate ? await kernelsOf('candidate', candidate) : await loadKernels(files.candidate),
    base: await kernelsOf('base', base),
  };
  const { groups } = makePlan(kernels.candidate, ownKernels(kernels.candidate, files.candidate, selection));
  const isShared = (cell: Cell) => has(kernels.base, cell);
  // Files that the base lacks leave nothing to be removed.
  const hasFiles = files.candidate.kernels.length === 0 || files.base.kernels.length > 0;
  const before = hasFiles ? ownKernels(kernels.base, files.base, selection) : undefined;
  return {
    ...{ base, candidate, files },
    shared: split(groups, isShared),
    added: split(groups, (cell) => !isShared(cell)),
    removed: before ? removedRows(kernels, before, groups) : [],
  };
}

/** @throws UsageError as {@link openTrees} does */
export async function againstBase(options: AgainstOptions): Promise<Against> {
  const trees = await openTrees(options);
  const { base, shared, added, removed } = trees;
  const started = performance.now();
  const rows = [...removed];
  const runtimes = [...new Set([...shared, ...added].map(({ runtime }) => runtime))];
  for (const [i, name] of runtimes.entries()) {
    // What is left is shared among the runtimes that are left.
    const until =
      performance.now() + (started + options.budgetMs - performance.now()) / (runtimes.length - i);
    const own = ({ runtime }: Group) => runtime === name;
    rows.push(...(await inRuntime(name, shared.filter(own), added.filter(own), trees, until, options)));
  }
  return { base, rows, seconds: (performance.now() - started) / 1000 };
}

async function orSay<T>(side: Side, { commit }: BaseTree, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new UsageError(`the ${side} ${commit.slice(0, 12)} cannot be measured: ${oneLine(error)}`);
  }
}

/** A user's files select what they bring, where nothing else is selected. */
function ownKernels(kernels: readonly Kernel[], files: UserFiles, selection: Selection): Selection {
  if (selection.selectors || files.kernels.length === 0) return selection;
  return { ...selection, selectors: kernels.slice(-files.kernels.length).map(({ name }) => name) };
}

/** Files that the tree of a commit does not have bring nothing there: their kernels are new. */
function filesIn(files: UserFiles, tree: BaseTree): UserFiles {
  const isZoo = realpathSync(tree.repository) === realpathSync(ROOT);
  return {
    ...(isZoo ? { tree: tree.folder } : {}),
    kernels: files.kernels.flatMap((file) => inBase(file, tree) ?? []),
    variants: files.variants.flatMap(({ file, kernel }) => {
      const there = inBase(file, tree);
      return there ? [{ file: there, kernel }] : [];
    }),
    ...(files.gguf ? { gguf: files.gguf } : {}),
  };
}

function split(groups: readonly Group[], which: (cell: Cell) => boolean): Group[] {
  return groups
    .map((group) => ({ ...group, cells: group.cells.filter(which) }))
    .filter(({ cells }) => cells.length > 0);
}

function has(kernels: readonly Kernel[], { subject, variant, case: name, backend }: Cell): boolean {
  const kernel = kernels.find((candidate) => candidate.name === subject);
  if (!kernel?.variants.some((each) => each.name === variant && each.backend === backend)) return false;
  try {
    return caseName(parseCase(kernel, name)) === name;
  } catch {
    return false; // a shape that the base does not know
  }
}

/** Cells that the same selection finds in the base only. */
function removedRows(
  kernels: Readonly<Record<Side, readonly Kernel[]>>,
  selection: Selection,
  groups: readonly Group[],
): PairedRow[] {
  const here = new Set(groups.flatMap(({ cells }) => cells.map(({ id }) => id)));
  let before: readonly Group[];
  try {
    before = makePlan(kernels.base, selection).groups;
  } catch {
    return []; // the base has nothing by these names
  }
  const gone = before.flatMap(({ cells, runtime }) => cells.map((cell) => ({ cell, runtime })));
  return gone
    .filter(({ cell }) => !here.has(cell.id))
    .map(({ cell, runtime }) => {
      const other = renamed(cell, kernels, groups);
      const reason = other ? `renamed to ${other}?` : 'not in the candidate';
      return { id: cell.id, runtime, verdict: 'removed', pairs: 0, reason } as const;
    });
}

/** A variant that only the candidate has, of the same kernel; where that is gone too, the same variant of a kernel that only it has. */
function renamed(
  cell: Cell,
  kernels: Readonly<Record<Side, readonly Kernel[]>>,
  groups: readonly Group[],
): string | undefined {
  const kernelIn = (side: Side, name: string) => kernels[side].find((kernel) => kernel.name === name);
  const isGone = kernelIn('candidate', cell.subject) === undefined;
  const added = groups.find(({ subject, variant, backend }) => {
    if (backend !== cell.backend) return false;
    const before = kernelIn('base', subject);
    if (isGone) return before === undefined && variant === cell.variant;
    return subject === cell.subject && !before?.variants.some(({ name }) => name === variant);
  });
  if (!added) return undefined;
  return isGone ? added.subject : `${added.subject}/${added.variant}`;
}

async function inRuntime(
  name: string,
  shared: readonly Group[],
  added: readonly Group[],
  { base, candidate, files }: Trees,
  until: number,
  options: AgainstOptions,
): Promise<PairedRow[]> {
  if (!/^(node|bun|deno)(@|$)/.test(name)) {
    throw new UsageError(`--base measures in processes (node, node@22, bun, deno), not in ${name}`);
  }
  const { threads, signal, recordFiles, selection } = options;
  const runtime = await openRuntime(name, { files: files.candidate });
  try {
    const lane = runtime.lanes[0]!;
    const start = { ...(await probe(lane, [], threads)).host, runtime: name };
    const origins: Record<Side, Origin> = {
      base: { commit: base.commit, dirty: false },
      candidate: candidate ? { commit: candidate.commit, dirty: false } : base.here,
    };
    const common = {
      ...{ files, lane, host: start, budget: BUDGET },
      ...(threads ? { threads } : {}),
      ...(signal ? { signal } : {}),
      onResult: (side: Side, cell: Cell, replicate: number, result: PairedCell['results'][Side][number]) =>
        appendRecord(
          recordFiles[side],
          makeRecord({
            ...{ cell, result, replicate, runtime: name, start, origin: origins[side] },
            suite: selection.suite ?? 'gate',
          }),
        ),
    };
    const alone = await measurePairs(added, {
      ...common,
      sides: ['candidate'],
      needsBytes: () => false,
      next: () => [],
    });
    const judge = new PairedJudge(options);
    const pairs = await measurePairs(shared, {
      ...common,
      needsBytes: (cell) => judge.needsBytes(cell),
      next(cells, round) {
        const open = judge.next(cells);
        options.onProgress(`pair ${round + 1} in ${name}`, open.length, cells.length);
        return performance.now() < until ? open : [];
      },
    });
    const rows = judge.rows(pairs);
    return [...(await explained(rows, pairs, { base, candidate, files }, options)), ...alone.map(newRow)];
  } finally {
    await runtime.close();
  }
}

/** Pipelines that are explained: half a minute each. */
const MOST_EXPLAINED = 3;

/** The rows, those of the pipelines that changed most with the functions underneath. */
async function explained(
  rows: readonly PairedRow[],
  pairs: readonly PairedCell[],
  { base, candidate, files }: Pick<Trees, 'base' | 'candidate' | 'files'>,
  { threads, signal, onProgress }: AgainstOptions,
): Promise<PairedRow[]> {
  const wanted = rows
    .filter(({ verdict }, i) => /^(slower|faster)$/.test(verdict) && pairs[i]!.cell.kind === 'pipeline')
    .sort((a, b) => Math.abs(Math.log(b.ratio!)) - Math.abs(Math.log(a.ratio!)))
    .slice(0, MOST_EXPLAINED);
  if (wanted.length === 0) return [...rows];
  const trees = {
    ...{ files, roots: { base: base.folder, candidate: candidate?.folder ?? base.repository } },
    changed: changedFiles(base.repository, base.commit, candidate?.commit),
    ...(threads ? { threads } : {}),
    ...(signal ? { signal } : {}),
  };
  const out: PairedRow[] = [];
  for (const [i, row] of rows.entries()) {
    if (!wanted.includes(row) || signal?.aborted) {
      out.push(row);
      continue;
    }
    onProgress(`profiles of ${row.id}`, 0, 0);
    try {
      const why = await explainPair(pairs[i]!, row, trees);
      out.push(why ? { ...row, explained: why } : row);
    } catch (error) {
      // The verdict stands without it.
      out.push({
        ...row,
        reason: [row.reason, `not explained: ${oneLine(error)}`].filter(Boolean).join('; '),
      });
    }
  }
  return out;
}

function newRow({ cell, runtime, results }: PairedCell): PairedRow {
  const [result] = results.candidate;
  const verdict = result?.status === 'wrong' || result?.status === 'failed' ? result.status : 'new';
  const reason = result && result.status !== 'ok' ? `${result.status}: ${result.reason}` : undefined;
  return { id: cell.id, runtime, verdict, pairs: 0, ...(reason ? { reason } : {}) };
}
