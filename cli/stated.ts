/** Where `zoo gate` finds what is stated, and whether all of it is about something that there is. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Baseline, readBaseline } from '../ci/baseline.ts';
import { type Budgets, cellOf, cellsOf, readBudgets } from '../ci/budgets.ts';
import { oneLine, UsageError } from '../harness/errors.ts';
import { makePlan } from '../harness/plan.ts';
import { IS_COMPILED, ROOT } from '../harness/root.ts';
import type { Kernel } from '../kernels/kernel.ts';

/** Where a project keeps what it states. */
export const BUDGETS = join('ci', 'budgets.json');
export const BASELINE = join('ci', 'baselines', 'bytes-per-call.json');
export const NO_BASELINE: Baseline = { runtime: `node ${process.versions.node.split('.')[0]}`, cells: {} };

export interface StatedFiles {
  readonly budgets: string;
  readonly baseline: string;
  /** It is named, or lies where it is looked for: it must be readable. */
  readonly hasBudgets: boolean;
  readonly hasBaseline: boolean;
}

/**
 * What is named; else what the project in this folder has; else what the zoo states of its own kernels. A baseline that is to be written is the
 * project's, never that of an installed package.
 */
export function statedFiles(options: {
  budgets?: string;
  baseline?: string;
  updateBaseline?: boolean;
}): StatedFiles {
  const isOwn = existsSync(BUDGETS) || existsSync(BASELINE) || (options.updateBaseline && IS_COMPILED);
  const home = isOwn ? '.' : ROOT;
  const { budgets = join(home, BUDGETS), baseline = join(home, BASELINE) } = options;
  return {
    ...{ budgets, baseline },
    hasBudgets: options.budgets !== undefined || existsSync(budgets),
    hasBaseline: options.baseline !== undefined || existsSync(baseline),
  };
}

export function budgetsIn({ budgets, hasBudgets }: StatedFiles): Budgets {
  return hasBudgets ? readBudgets(budgets) : { ratios: [], limits: [] };
}

export function baselineIn({ baseline, hasBaseline }: StatedFiles): Baseline {
  return hasBaseline ? readBaseline(baseline) : NO_BASELINE;
}

/** @throws UsageError, naming the file and the place in it, for a cell that there is not */
export function checkNames(
  file: string,
  { ratios, limits }: Budgets,
  kernels: readonly Kernel[],
  inSelection: (id: string) => boolean,
): void {
  const stated = [
    ...ratios.flatMap((ratio, i) => {
      const { faster, than } = cellsOf(ratio);
      return [
        [`ratios.${i}.faster`, faster],
        [`ratios.${i}.than`, than],
      ] as const;
    }),
    ...limits.map((limit, i) => [`limits.${i}.of`, cellOf(limit)] as const),
  ];
  for (const [place, id] of stated) {
    if (!inSelection(id)) continue;
    try {
      makePlan(kernels, { selectors: [id] });
    } catch (error) {
      throw error instanceof UsageError ? new UsageError(`${file}: ${place}: ${error.message}`) : error;
    }
  }
}

/** Not refused: kernels of a user's own file are not always along. */
export function warnOfThresholds(
  file: string,
  { thresholds = {} }: Budgets,
  kernels: readonly Kernel[],
): void {
  for (const name of Object.keys(thresholds)) {
    try {
      makePlan(kernels, { selectors: [name] });
    } catch (error) {
      process.stderr.write(`warning: ${file}: thresholds: ${oneLine(error).replace('UsageError: ', '')}\n`);
    }
  }
}

/** Every cell that something is stated about. */
export function namedCells(budgets: Budgets, baseline: Baseline): Set<string> {
  return new Set([
    ...budgets.ratios.flatMap((budget) => Object.values(cellsOf(budget))),
    ...budgets.limits.map(cellOf),
    ...Object.keys(baseline.cells),
  ]);
}
