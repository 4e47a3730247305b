import type { Command } from 'commander';
import { judgeNoAlloc } from '../ci/no-alloc.ts';
import { unknown } from '../harness/errors.ts';
import { RESULTS } from '../harness/origin.ts';
import { findSuite } from '../harness/plan.ts';
import type { ZooRecord } from '../harness/record.ts';
import { FORMATS, type Format } from '../reports/text.ts';
import type { Expectation } from '../suites/suite.ts';
import { measure } from './measure.ts';
import { addSelection, type SelectionOptions, SOFTWARE_GPU } from './selection.ts';
import { show } from './show.ts';

interface BenchOptions extends SelectionOptions {
  format: string;
  out?: string;
  resume?: string;
  report: boolean;
  complete?: boolean;
  assertNoAlloc?: boolean;
  softwareGpu?: boolean;
}

export function register(program: Command): void {
  addSelection(program.command('bench'))
    .description('measure kernels, check every output, and print a table per kernel')
    .option('--format <name>', FORMATS.join(', '), 'table')
    .option('--out <dir>', 'folder for records and report', RESULTS)
    .option('--resume <file>', 'go on with a records file that a kill left behind')
    .option('--no-report', 'write no HTML page')
    .option(...SOFTWARE_GPU)
    .option('--complete', 'an unsupported cell counts as failed (for CI, which installs everything)')
    .option('--assert-no-alloc', 'exit 1 when a selected cell allocates, 3 when that could not be read')
    .action(async (selectors: string[], options: BenchOptions) => {
      if (!(FORMATS as readonly string[]).includes(options.format))
        throw unknown('format', options.format, FORMATS);
      const { file, records } = await measure(selectors, options, {
        ...(options.out ? { out: options.out } : {}),
        ...(options.resume ? { resume: options.resume } : {}),
        ...(options.softwareGpu ? { softwareGpu: true } : {}),
      });
      show(records, file, { ...options, format: options.format as Format });
      const expected = findSuite(options.suite).expected;
      process.exitCode = expected
        ? sayWhatWasCaught(records, expected)
        : exitCode(records, options.complete ?? false);
      if (options.assertNoAlloc) {
        const { lines, exitCode } = judgeNoAlloc(records);
        for (const line of lines) process.stderr.write(`${line}\n`);
        // A wrong result or a cell that did not run weighs more than one that could not be read.
        if (exitCode === 1 || process.exitCode === 0) process.exitCode = exitCode;
      }
    });
}

/** For a suite that tests the harness: a line for each cell that came out otherwise than it must, and 1 for any. */
function sayWhatWasCaught(
  records: readonly ZooRecord[],
  expected: Readonly<Record<string, Expectation>>,
): number {
  const missed = records.filter(({ subject, variant, status, reason }) => {
    const wanted = expected[`${subject}/${variant}`];
    return wanted && (status !== wanted.status || !wanted.reason.test(reason ?? ''));
  });
  for (const { subject, variant, status, reason } of missed) {
    const wanted = expected[`${subject}/${variant}`]!;
    process.stdout.write(
      `not as it must be: ${subject}/${variant} is ${status}${reason ? ` (${reason})` : ''}, not ${wanted.status} ${wanted.reason}\n`,
    );
  }
  const cheats = records.filter(({ subject, variant }) => {
    const wanted = expected[`${subject}/${variant}`];
    return wanted && wanted.status !== 'ok';
  });
  const caught = cheats.filter((record) => !missed.includes(record));
  process.stdout.write(`${caught.length} of ${cheats.length} caught, each for its own reason\n`);
  return missed.length > 0 ? 1 : 0;
}

/** 1 for a wrong result, else 4 for a cell that did not run, else 0. */
function exitCode(records: readonly ZooRecord[], complete: boolean): number {
  const has = (status: ZooRecord['status']) => records.some((record) => record.status === status);
  if (has('wrong')) return 1;
  return has('failed') || (complete && has('unsupported')) ? 4 : 0;
}
