import { type Command, Option } from 'commander';
import { compareFiles, compareVariants, exitCodeOf, FASTEST } from '../ci/compare.ts';
import { COMPARE_FORMATS, type CompareFormat, formatComparison, hostLine } from '../ci/compare-text.ts';
import { loadKernels } from '../harness/catalogue.ts';
import { UsageError, unknown } from '../harness/errors.ts';
import { makePlan, selects } from '../harness/plan.ts';
import { readRecords, type ZooRecord } from '../harness/record.ts';
import { ENOUGH_PROCESSES } from '../harness/stats/difference.ts';
import { SUBJECTS } from '../models/index.ts';
import { wantsColor } from '../reports/text.ts';
import { measure } from './measure.ts';
import { addSelection, type SelectionOptions, SOFTWARE_GPU, toFiles, toSelection } from './selection.ts';

/** Fresh processes of each cell: enough to see a difference of 5 % where processes spread by 1.5 %. */
const PROCESSES = 5;

interface CompareOptions extends SelectionOptions {
  against: string;
  records?: string;
  format: CompareFormat;
  softwareGpu?: boolean;
}

export function register(program: Command): void {
  addSelection(program.command('compare'))
    .description(
      'measure variants side by side in fresh processes and say which differences are real; or compare two records files: zoo compare OLD.jsonl NEW.jsonl',
    )
    .option('--against <variant>', `what the others are compared with: a variant, or ${FASTEST}`, 'naive')
    .option('--records <file>', 'compare the variants of this file instead of measuring')
    .option(...SOFTWARE_GPU)
    .addOption(new Option('--format <name>').choices([...COMPARE_FORMATS]).default('table'))
    .action(async (names: string[], options: CompareOptions) => {
      const color = wantsColor(process.stdout);
      if (names.some((name) => name.endsWith('.jsonl'))) {
        const [older, newer] = twoFiles(names, options);
        const comparison = compareFiles(older, newer);
        for (const host of comparison.hosts) process.stderr.write(`${hostLine(host)}\n`);
        process.stdout.write(formatComparison(comparison, options.format, color));
        process.exitCode = exitCodeOf(comparison.rows);
        return;
      }
      const records = options.records
        ? chosen(options.records, names, options)
        : await measured(names, options);
      const rows = compareVariants(records, options.against, { softwareGpu: options.softwareGpu });
      process.stdout.write(formatComparison({ rows }, options.format, color));
      process.exitCode = exitCodeOf(rows);
    });
}

function twoFiles(names: readonly string[], options: CompareOptions): [ZooRecord[], ZooRecord[]] {
  const [older, newer, ...more] = names;
  if (
    !older ||
    !newer ||
    more.length > 0 ||
    names.some((name) => !name.endsWith('.jsonl')) ||
    options.records
  ) {
    throw new UsageError(
      'two records files are compared with zoo compare OLD.jsonl NEW.jsonl and no other names',
    );
  }
  return [chosen(older, [], options), chosen(newer, [], options)];
}

/** The records of a file that the flags select. */
function chosen(file: string, names: readonly string[], options: CompareOptions): ZooRecord[] {
  const selection = toSelection(names, options);
  const records = readRecords(file, (message) => process.stderr.write(`${message}\n`)).filter((record) =>
    selects(selection, { ...record, runtime: record.host.runtime }),
  );
  if (records.length === 0) throw new UsageError(`${file} has no records of this selection`);
  return records;
}

async function measured(names: string[], options: CompareOptions): Promise<ZooRecord[]> {
  const processes = options.processes ?? PROCESSES;
  if (processes < ENOUGH_PROCESSES) {
    process.stderr.write(
      `fewer than ${ENOUGH_PROCESSES} processes do not show the spread between processes: only differences of more than 10 % will be named\n`,
    );
  }
  // What is selected is resolved here, so that the baseline can join it: `softmax/simd` alone has nothing to be compared with.
  const selectors = await withBaseline(names, options);
  const { file, records } = await measure(
    selectors,
    { ...options, backend: undefined, shard: undefined },
    { processes, ...(options.softwareGpu ? { softwareGpu: true } : {}) },
  );
  process.stderr.write(`records: ${file}\n`);
  return records;
}

async function withBaseline(names: string[], options: CompareOptions): Promise<string[]> {
  const files = toFiles(names, options);
  const kernels = await loadKernels(files);
  // A user's kernels are selected by naming their file.
  const own = kernels.filter(({ name }) => !SUBJECTS.some((kernel) => kernel.name === name));
  const wanted = names.length === 0 && files.kernels.length > 0 ? own.map(({ name }) => name) : names;
  const cells = makePlan(kernels, toSelection(wanted, options)).groups.flatMap((group) => group.cells);
  if (options.against === FASTEST) return [...new Set(cells.map((cell) => cell.id))];

  const subjects = kernels.filter(({ name }) => cells.some((cell) => cell.subject === name));
  const having = subjects.filter(({ variants }) => variants.some(({ name }) => name === options.against));
  if (having.length === 0) {
    const known = subjects.flatMap(({ variants }) => variants.map(({ name }) => name));
    throw unknown('variant', options.against, [...new Set([...known, FASTEST])]);
  }
  // As the selection chooses cases: a suite leaves a plain loop out where it would take minutes.
  const selectors = [...new Set(cells.map(({ subject }) => subject))].flatMap((subject) => {
    if (!having.some(({ name }) => name === subject)) return [];
    const mentions = wanted.filter((name) => name.split(/[/@]/)[0] === subject);
    const places = mentions.length > 0 ? mentions.map((name) => /@.*/.exec(name)?.[0] ?? '') : [''];
    return places.map((place) => `${subject}/${options.against}${place}`);
  });
  const selection = { ...toSelection(selectors, options), backends: undefined, shard: undefined };
  const cases = new Set(cells.map((cell) => `${cell.subject} ${cell.case}`));
  const baselines = makePlan(kernels, selection)
    .groups.flatMap((group) => group.cells)
    .filter((cell) => cases.has(`${cell.subject} ${cell.case}`))
    .map((cell) => cell.id);
  return [...new Set([...cells.map((cell) => cell.id), ...baselines])];
}
