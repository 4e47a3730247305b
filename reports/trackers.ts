/** Rows for services that keep a history of benchmarks: only cells that are right and timed. */
import { byteSize, marks, peakText, rateText, spread } from './format.ts';
import { isRanked, type Row } from './rows.ts';

/** What tells a cell from the others in one list. */
function nameOf(row: Row): string {
  return row.runtime === 'node' ? row.id : `${row.id} in ${row.runtime}`;
}

/**
 * For github-action-benchmark, `tool: customSmallerIsBetter`: nanoseconds a call, and bytes a call as an entry of its own
 * (https://github.com/benchmark-action/github-action-benchmark#examples).
 */
export function githubActionBenchmark(rows: readonly Row[]): string {
  const entries = rows.filter(isRanked).flatMap((row) => {
    const bytes = bytesOf(row);
    const facts = [
      row.rate !== undefined && rateText(row.rate, row.rateUnit ?? ''),
      row.fractionOfPeak !== undefined && `${peakText(row)} of peak`,
      marks(row) !== '' && 'not steady, or of two modes',
      row.noisy,
    ].filter(Boolean);
    return [
      { name: nameOf(row), unit: 'ns', value: row.medianNs, range: spread(row), extra: facts.join('\n') },
      ...(bytes === undefined
        ? []
        : [{ name: `${nameOf(row)} memory`, unit: 'B', value: bytes, extra: byteSize(bytes) }]),
    ];
  });
  return `${JSON.stringify(entries, null, 2)}\n`;
}

/** Bencher Metric Format: `latency` in nanoseconds with the interval of 95 %, `throughput` in calls a second, `bytes` a call (https://bencher.dev/docs/reference/bencher-metric-format). */
export function bencher(rows: readonly Row[]): string {
  const metrics = rows.filter(isRanked).map((row) => {
    const [value, low, high] = [row.medianNs!, row.lowNs, row.highNs];
    const bytes = bytesOf(row);
    return [
      nameOf(row),
      {
        latency: { value, lower_value: low, upper_value: high },
        throughput: {
          value: 1e9 / value,
          lower_value: high === undefined ? undefined : 1e9 / high,
          upper_value: low === undefined ? undefined : 1e9 / low,
        },
        ...(bytes === undefined ? {} : { bytes: { value: bytes } }),
      },
    ];
  });
  return `${JSON.stringify(Object.fromEntries(metrics), null, 2)}\n`;
}

function bytesOf({ heapBytes, externalBytes }: Row): number | undefined {
  return heapBytes === undefined && externalBytes === undefined
    ? undefined
    : (heapBytes ?? 0) + (externalBytes ?? 0);
}
