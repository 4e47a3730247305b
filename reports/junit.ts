/** Rows as JUnit XML, which CI systems show as tests: a suite for each kernel and runtime, a case for each cell. */
import { create } from 'xmlbuilder';
import { duration, errorText, marks, peakText, spread } from './format.ts';
import { groupBy, type Row } from './rows.ts';

/** One cell as a test. */
export interface JunitCase {
  readonly suite: string;
  readonly name: string;
  /** Seconds of one call: what such files have a place for. */
  readonly seconds?: number;
  readonly result: 'passed' | 'failure' | 'error' | 'skipped';
  /** Of what did not pass. */
  readonly message?: string;
  /** Figures, a line each. */
  readonly output?: readonly string[];
}

/** Ends with a newline. */
export function junit(cases: readonly JunitCase[]): string {
  const count = (of: readonly JunitCase[], result: JunitCase['result']) =>
    of.filter((each) => each.result === result).length;
  const totals = (of: readonly JunitCase[]) => ({
    tests: of.length,
    failures: count(of, 'failure'),
    errors: count(of, 'error'),
    skipped: count(of, 'skipped'),
  });
  const root = create('testsuites', { encoding: 'UTF-8', invalidCharReplacement: '\uFFFD' });
  root.att({ name: 'kernel-zoo', ...totals(cases) });
  for (const [suite, own] of groupBy(cases, (each) => each.suite)) {
    const node = root.ele('testsuite', { name: suite, ...totals(own) });
    for (const { name, seconds, result, message = '', output = [] } of own) {
      const test = node.ele('testcase', {
        classname: suite,
        name,
        ...(seconds === undefined ? {} : { time: seconds.toPrecision(6) }),
      });
      if (result !== 'passed') test.ele(result, { message }).up();
      if (output.length > 0) test.ele('system-out').txt(output.join('\n')).up();
    }
  }
  return `${root.end({ pretty: true })}\n`;
}

const RESULTS = { ok: 'passed', wrong: 'failure', failed: 'error', unsupported: 'skipped' } as const;

export function junitRows(rows: readonly Row[]): string {
  return junit(
    rows.map((row) => ({
      suite: row.runtime === 'node' ? row.subject : `${row.subject} in ${row.runtime}`,
      name: `${row.variant}@${row.case}`,
      ...(row.medianNs === undefined ? {} : { seconds: row.medianNs / 1e9 }),
      result: RESULTS[row.status],
      ...(row.reason === undefined ? {} : { message: row.reason }),
      output: figures(row),
    })),
  );
}

function figures(row: Row): string[] {
  const time = row.medianNs === undefined ? '' : `${duration(row.medianNs)}${marks(row)} ${spread(row)}`;
  const error = row.maxError === undefined ? '' : `${errorText(row.maxError)} ${row.metric ?? ''}`;
  return Object.entries({ time, 'of peak': peakText(row), 'max error': error, noisy: row.noisy ?? '' })
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}: ${value}`);
}
