/** What is told of records when they are complete: tables, goals, closing lines and a page. */
import { UsageError } from '../harness/errors.ts';
import type { ZooRecord } from '../harness/record.ts';
import { goalsText, judgeGoals } from '../reports/goals.ts';
import { toRows } from '../reports/rows.ts';
import { closing, type Format, formatRows, wantsColor } from '../reports/text.ts';
import { reportBeside, writeReport } from './report.ts';

export interface ShowOptions {
  readonly format: Format;
  /** Write the HTML page too. */
  readonly report: boolean;
  readonly softwareGpu?: boolean | undefined;
}

/** @param file of the records, for the closing lines and as the place of the page */
export function show(records: readonly ZooRecord[], file: string, options: ShowOptions): void {
  const { format, report, softwareGpu } = options;
  const rows = toRows(records, { softwareGpu });
  process.stdout.write(formatRows(rows, format, { color: wantsColor(process.stdout) }));
  let reportFile: string | undefined;
  if (report) {
    try {
      reportFile = reportBeside(file);
      writeReport(records, reportFile, { softwareGpu });
    } catch (error) {
      // The measurements are made and printed: a page that cannot be drawn must not turn them into a failure.
      if (!(error instanceof UsageError)) throw error;
      process.stderr.write(`no report: ${error.message}\n`);
      reportFile = undefined;
    }
  }
  const isTable = format === 'table';
  if (isTable) process.stdout.write(goalsText(judgeGoals(rows)));
  // Beside a table it belongs to what is read; beside data it would spoil it.
  (isTable ? process.stdout : process.stderr).write(
    closing(rows, { recordsFile: file, ...(reportFile ? { reportFile } : {}) }),
  );
}
