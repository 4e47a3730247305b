import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Command, Option } from 'commander';
import { type Baseline, baselineOf, baselineText, engineOf, runtimeOf } from '../ci/baseline.ts';
import { closingLine, type Judgement, judge } from '../ci/gate.ts';
import { loadKernels } from '../harness/catalogue.ts';
import { mixed } from '../harness/environment/traits.ts';
import { UsageError } from '../harness/errors.ts';
import { RESULTS } from '../harness/origin.ts';
import { makePlan, selects } from '../harness/plan.ts';
import { readRecords, type ZooRecord } from '../harness/record.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { gateAgainst, percentage, timeSpan } from './against.ts';
import { measure } from './measure.ts';
import { addSelection, type SelectionOptions, toFiles, toSelection } from './selection.ts';
import { selfTestOfGate } from './self-test.ts';
import {
  BASELINE,
  BUDGETS,
  baselineIn,
  budgetsIn,
  checkNames,
  NO_BASELINE,
  namedCells,
  statedFiles,
  warnOfThresholds,
} from './stated.ts';

/** Fresh processes of each cell: the fewest that show the spread between processes. */
const PROCESSES = 3;

interface GateOptions extends SelectionOptions {
  records?: string;
  budgets?: string;
  baseline?: string;
  updateBaseline?: boolean;
  format: string;
  base?: string;
  baseSetup?: string;
  budget: number;
  threshold?: number;
  metric: 'time' | 'instructions';
  out: string;
  github?: boolean;
  selfTest?: boolean;
  minutes: number;
}

export function register(program: Command): void {
  addSelection(program.command('gate'))
    .description(
      'fail when a result is wrong, a stated ratio or limit no longer holds, or a call allocates more than its baseline; with --base, when anything became slower than in that commit',
    )
    .option('--base <ref>', 'measure this commit and the working tree in pairs of fresh processes')
    .option('--budget <time>', 'with --base: how long to measure at most', timeSpan, timeSpan('5m'))
    .option(
      '--threshold <percent>',
      'with --base: least change that is named; default: 3, of instructions 0.1',
      percentage,
    )
    .addOption(
      new Option(
        '--metric <name>',
        'with --base: what is compared; instructions are those of WASM, counted by valgrind',
      )
        .choices(['time', 'instructions'])
        .default('time'),
    )
    .option('--base-setup <command>', "with --base: builds that commit's tree, where it needs building")
    .option('--out <dir>', 'with --base: folder for the records', RESULTS)
    .option('--github', 'with --base: annotations, job summary and comment.md for GitHub Actions')
    .option('--self-test', 'how often the gate is wrong: simulated, and with pairs of this machine')
    .option(
      '--minutes <n>',
      'how long the self-test measures behind its first pair; 0: simulate only',
      minutes,
      5,
    )
    .option('--records <file>', 'judge this file instead of measuring')
    .option('--budgets <file>', `stated ratios and limits (default: ${BUDGETS}, else those of the zoo)`)
    .option('--baseline <file>', `stored bytes a call (default: ${BASELINE}, else those of the zoo)`)
    .option('--update-baseline', 'store the bytes a call of this run, then judge the rest')
    .addOption(new Option('--format <name>').choices(['text', 'json', 'md', 'junit']).default('text'))
    .action(async (names: string[], options: GateOptions) => {
      if (options.selfTest) return selfTestOfGate(options.minutes);
      if (options.shard) {
        throw new UsageError(
          'zoo gate needs both cells of a ratio in one file: measure the parts with zoo bench --shard, put them together with zoo merge, and give that file to zoo gate --records',
        );
      }
      const own = statedFiles(options);
      const budgets = budgetsIn(own);
      const files = toFiles(names, options);
      const kernels = await loadKernels(files);
      warnOfThresholds(own.budgets, budgets, kernels);
      if (options.base !== undefined) {
        const { records: _, ...flags } = options;
        const stated = [...namedCells(budgets, baselineIn(own))];
        return gateAgainst(
          isSelected(names, options) ? names : stated,
          { ...flags, base: options.base },
          budgets,
        );
      }
      if (options.format === 'md' || options.format === 'junit')
        throw new UsageError(`--format ${options.format} is that of zoo gate --base`);
      // A first baseline has to come from somewhere.
      const stored = options.updateBaseline && !existsSync(own.baseline) ? NO_BASELINE : baselineIn(own);
      // A user's files select what they bring, where nothing else is selected.
      const chosenNames =
        names.length > 0 || files.kernels.length === 0
          ? names
          : kernels.slice(-files.kernels.length).map(({ name }) => name);
      const inSelection = chooser(kernels, chosenNames, options);
      if (!options.records) checkNames(own.budgets, budgets, kernels, inSelection);
      const records = options.records
        ? readRecords(options.records, (message) => process.stderr.write(`${message}\n`))
        : await measured(
            chosenNames,
            options,
            [...namedCells(budgets, stored)].filter((id) => inSelection(id)),
            kernels,
          );
      const chosen = records.filter(({ id, host }) => inSelection(id, host.runtime));
      if (chosen.length === 0) throw new UsageError('nothing to judge: no record is in the selection');
      const apart = mixed(chosen.map(({ host }) => host));
      if (apart.length > 0)
        throw new UsageError(`records that differ in ${apart.join(', ')} cannot be judged together`);
      const whole = chosenNames.length === 0 && !options.case && !options.backend;
      const baseline = options.updateBaseline ? update(own.baseline, stored, chosen, whole) : stored;
      const judgement = judge(chosen, budgets, baseline, inSelection);
      print(judgement, options.format);
      process.exitCode = judgement.exitCode;
    });
}

function minutes(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0)) throw new UsageError(`"${text}" is no number of minutes`);
  return value;
}

/** Does a person choose cells? Otherwise those that something is stated about are measured. */
function isSelected(names: readonly string[], options: GateOptions): boolean {
  return Boolean(names.length > 0 || options.case || options.backend || options.kernel || options.suite);
}

/** Is a cell, by its name, within what was asked for? */
function chooser(
  kernels: readonly Kernel[],
  names: readonly string[],
  options: GateOptions,
): (id: string, runtime?: string) => boolean {
  const selection = toSelection(names, options);
  return (id, runtime) => {
    const [, subject = '', variant = '', shape = ''] = /^(.*?)\/(.*?)@(.*)$/.exec(id) ?? [];
    const known = kernels.find((kernel) => kernel.name === subject)?.variants.find((v) => v.name === variant);
    return selects(selection, {
      subject,
      variant,
      case: shape,
      ...(runtime ? { runtime } : {}),
      ...(known ? { backend: known.backend } : {}),
    });
  };
}

/** Measures the gate's cells, and with a selection all that it selects besides. */
async function measured(
  names: string[],
  options: GateOptions,
  stated: readonly string[],
  kernels: readonly Kernel[],
): Promise<ZooRecord[]> {
  const selected = isSelected(names, options)
    ? makePlan(kernels, toSelection(names, options)).groups.flatMap((group) =>
        group.cells.map(({ id }) => id),
      )
    : [];
  const cells = [...new Set([...stated, ...selected])];
  if (cells.length === 0)
    throw new UsageError('nothing to measure: no budget, baseline or selection names a cell');
  const { file, records } = await measure(
    cells,
    { ...options, case: undefined, backend: undefined },
    { processes: options.processes ?? PROCESSES },
  );
  process.stderr.write(`records: ${file}\n`);
  return records;
}

/** @param whole the records are all that the baseline is to hold; otherwise cells without a record stay */
function update(file: string, stored: Baseline, records: readonly ZooRecord[], whole: boolean): Baseline {
  const node = records.find((record) => record.host.runtime === engineOf(stored.runtime));
  if (!node) throw new UsageError(`no record of ${engineOf(stored.runtime)} to store bytes from`);
  const { baseline, unsteady } = baselineOf(records, runtimeOf(node), whole ? {} : stored.cells);
  if (unsteady.length > 0) {
    process.stderr.write(`not stored, needs three processes that agree: ${unsteady.join(', ')}\n`);
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, baselineText(baseline));
  process.stderr.write(`${Object.keys(baseline.cells).length} cells in ${file}\n`);
  return baseline;
}

function print(judgement: Judgement, format: GateOptions['format']): void {
  if (format === 'json') {
    process.stdout.write(`${JSON.stringify(judgement, null, 2)}\n`);
    return;
  }
  for (const { text } of judgement.findings) process.stdout.write(`${text}\n`);
  for (const note of judgement.notes) process.stderr.write(`${note}\n`);
  process.stdout.write(`${closingLine(judgement)}\n`);
}
