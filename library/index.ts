/**
 * `kernel-zoo` as a library: what kernels are written with, and `bench` and `compare`, which measure as the command line does. A
 * user's kernel imports this in the process that measures it, so what runs measurements is loaded only by those who call it.
 */

import type { ComparedRow } from '../ci/compare.ts';
import type { BenchOptions, BenchResult, CompareOptions } from './bench.ts';

export type { ComparedRow } from '../ci/compare.ts';
export type { ZooRecord } from '../harness/record.ts';
export type { Progress } from '../harness/run.ts';
export type { Difference } from '../harness/stats/difference.ts';
export type { Row } from '../reports/rows.ts';
export type { BenchOptions, BenchResult, CompareOptions, MeasureOptions } from './bench.ts';
export * from './contract.ts';

/**
 * Measures the selected cells in fresh processes and checks every output, as `zoo bench` does, but prints nothing. What goes wrong
 * with a cell is its record's `status` and `reason`, not an error.
 * @throws Error named `UsageError`, in one line, for what cannot be selected: an unknown kernel, variant, suite or runtime, a
 * shape that cannot exist, a file that is missing or holds no kernel, a runtime that is not installed
 * @throws the signal's reason where `signal` stops it; the cells that were measured are in `file`, where one was named
 */
export async function bench(options: BenchOptions = {}): Promise<BenchResult> {
  return (await import('./bench.ts')).bench(options);
}

/**
 * Is `candidate` faster than `baseline`? Measures both in fresh processes, in turns, and says of each case what `zoo compare`
 * says: the ratio of times with its 95 % interval over processes, and a verdict.
 * @param candidate `kernel/variant`, or `kernel/variant@case`
 * @param baseline a variant of the same kernel, written in the same way or by its name alone
 * @returns one row for each case and runtime, of the candidate; `difference` stands in it where both were right
 * @throws as {@link bench} does, and where the two are not variants of one kernel
 */
export async function compare(
  candidate: string,
  baseline: string,
  options: CompareOptions = {},
): Promise<ComparedRow[]> {
  return (await import('./bench.ts')).compare(candidate, baseline, options);
}
