/** Records of several runs as those of one: the shards of a plan, measured on several machines. */
import { UsageError } from '../harness/errors.ts';
import type { ZooRecord } from '../harness/record.ts';
import { groupBy } from '../reports/rows.ts';

export interface RecordsFile {
  readonly file: string;
  readonly records: readonly ZooRecord[];
}

export interface Merged {
  readonly records: readonly ZooRecord[];
  /** What a reader must know, a line each. */
  readonly lines: readonly string[];
  /** 3: parts of the plan are missing. */
  readonly exitCode: 0 | 3;
}

/**
 * In the order of the files. What two of them hold alike is taken once, and said.
 * @throws UsageError for files of different code or suites, and where two hold different measurements of one process of a cell
 */
export function mergeRecords(files: readonly RecordsFile[]): Merged {
  onlyOne(files, 'commits', ({ host }) => `${host.commit ?? 'none'}${host.dirty ? ', changed' : ''}`);
  onlyOne(files, 'suites', ({ suite }) => suite);
  const seen = new Map<string, { file: string; text: string }>();
  const repeated = new Map<string, number>();
  const records: ZooRecord[] = [];
  for (const { file, records: own } of files) {
    for (const record of own) {
      const key = JSON.stringify([record.id, record.host.runtime, record.replicate]);
      const text = JSON.stringify(record);
      const known = seen.get(key);
      if (known === undefined) {
        seen.set(key, { file, text });
        records.push(record);
      } else if (known.text === text) {
        const pair = `${file} repeats ${known.file}`;
        repeated.set(pair, (repeated.get(pair) ?? 0) + 1);
      } else {
        throw new UsageError(
          `${file} and ${known.file} hold different measurements of ${record.id} in ${record.host.runtime}, process ${record.replicate + 1}: merge parts of one run, or give both to zoo compare`,
        );
      }
    }
  }
  const missing = missingShards(records);
  const lines = [...repeated].map(([pair, count]) => `${pair} in ${count} records, which are taken once`);
  return {
    records,
    lines: [...lines, ...missing.map((shard) => `shard ${shard} is missing`)],
    exitCode: missing.length > 0 ? 3 : 0,
  };
}

function onlyOne(files: readonly RecordsFile[], what: string, of: (record: ZooRecord) => string): void {
  const by = new Map<string, string>();
  for (const { file, records } of files)
    for (const record of records) by.set(of(record), by.get(of(record)) ?? file);
  if (by.size < 2) return;
  const list = [...by].map(([value, file]) => `${value} (${file})`).join(', ');
  throw new UsageError(`the records are of ${by.size} ${what}, which are no parts of one run: ${list}`);
}

function missingShards(records: readonly ZooRecord[]): string[] {
  const shards = groupBy(
    records.flatMap(({ shard }) => shard ?? []),
    (shard) => shard.split('/')[1]!,
  );
  return [...shards].flatMap(([n, own]) =>
    Array.from({ length: Number(n) }, (_, i) => `${i + 1}/${n}`).filter((shard) => !own.includes(shard)),
  );
}
