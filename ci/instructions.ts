/** `zoo gate --base --metric instructions`: what a call executes, in a commit and in the working tree. A count, and no time. */
import { markdownTable } from 'markdown-table';
import { oneLine } from '../harness/errors.ts';
import { countInstructions, uncountable } from '../harness/instructions/count.ts';
import type { Cell } from '../harness/plan.ts';
import { digits } from '../reports/format.ts';
import { escapeMarkdown, plainTable } from '../reports/text.ts';
import { openTrees, type TreesOptions } from './against-base.ts';
import type { BaseTree } from './base.ts';

/** Least change that is named: ten times what two counts of the same code may differ by. */
export const LEAST_CHANGE = 0.001;

export interface InstructionsRow {
  readonly id: string;
  readonly verdict: 'more' | 'fewer' | 'same' | 'new' | 'removed' | 'failed' | 'not counted';
  /** Of a call. */
  readonly base?: number;
  readonly candidate?: number;
  readonly reason?: string;
}

export interface InstructionsAgainst {
  readonly base: BaseTree;
  readonly rows: readonly InstructionsRow[];
}

export interface InstructionsOptions extends TreesOptions {
  threshold(id: string): number;
}

/** @throws UsageError, in one line: no valgrind, no such base, one that does not build or load, or an empty selection */
export async function instructionsAgainst(options: InstructionsOptions): Promise<InstructionsAgainst> {
  const { base, files, shared, added, removed } = await openTrees(options);
  const rows: InstructionsRow[] = [
    ...removed.map(({ id, reason }) => ({ id, verdict: 'removed' as const, ...(reason ? { reason } : {}) })),
    ...added.flatMap(({ cells }) => cells.map(({ id }) => ({ id, verdict: 'new' as const }))),
  ];
  const cells = [...new Map(shared.flatMap((group) => group.cells.map((cell) => [cell.id, cell]))).values()];
  for (const [i, cell] of cells.entries()) {
    options.onProgress(cell.id, cells.length - i, cells.length);
    rows.push(await rowOf(cell, files, options.threshold(cell.id)));
  }
  return { base, rows };
}

async function rowOf(
  cell: Cell,
  files: Awaited<ReturnType<typeof openTrees>>['files'],
  threshold: number,
): Promise<InstructionsRow> {
  const { id } = cell;
  const reason = uncountable(cell);
  if (reason !== undefined) return { id, verdict: 'not counted', reason };
  const base = await countInstructions(files.base, cell);
  try {
    const { perCall: candidate } = await countInstructions(files.candidate, cell, base.calls);
    return { id, verdict: verdictOf(base.perCall, candidate, threshold), base: base.perCall, candidate };
  } catch (error) {
    return { id, verdict: 'failed', base: base.perCall, reason: oneLine(error) };
  }
}

export function verdictOf(base: number, candidate: number, threshold: number): 'more' | 'fewer' | 'same' {
  const change = candidate / base - 1;
  if (Math.abs(change) < threshold) return 'same';
  return change > 0 ? 'more' : 'fewer';
}

/** 4 a cell did not run · 1 a call executes more · 0 */
export function instructionsExitCode(rows: readonly InstructionsRow[]): 0 | 1 | 4 {
  const has = (verdict: InstructionsRow['verdict']) => rows.some((row) => row.verdict === verdict);
  return has('more') ? 1 : has('failed') ? 4 : 0;
}

/** All digits: a thousandth counts. */
const whole = (x: number) => Math.round(x).toLocaleString('en');

const HEAD = ['cell', 'verdict', 'base', 'candidate', 'change', ''];

export function formatInstructions(
  { base, rows }: InstructionsAgainst,
  format: 'text' | 'json' | 'md',
): string {
  if (format === 'json')
    return `${JSON.stringify({ base: base.commit, metric: 'instructions', rows }, null, 2)}\n`;
  const size = ({ base: before, candidate }: InstructionsRow) =>
    before && candidate ? Math.abs(candidate / before - 1) : 0;
  const sorted = [...rows].sort((a, b) => size(b) - size(a));
  const lines = sorted.map(({ id, verdict, base: before, candidate, reason = '' }) => [
    ...[
      id,
      verdict,
      before === undefined ? '' : whole(before),
      candidate === undefined ? '' : whole(candidate),
    ],
    before && candidate
      ? `${candidate >= before ? '+' : '−'}${digits(Math.abs(candidate / before - 1) * 100)} %`
      : '',
    reason,
  ]);
  const closing = [
    `${rows.length} cells against ${base.commit.slice(0, 12)}: instructions of a call in optimised WASM, and no time`,
    ...(base.here.dirty ? ['the candidate has changes that are not committed'] : []),
  ].join('\n');
  if (format === 'md')
    return `### Instructions against ${base.commit.slice(0, 12)}\n\n${markdownTable([HEAD, ...lines.map((line) => line.map(escapeMarkdown))])}\n\n${closing}\n`;
  const table = plainTable(HEAD, lines, ['left', 'left', 'right', 'right', 'right', 'left']);
  return `${table}\n${closing}\n`;
}
