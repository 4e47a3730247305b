import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Command, Option } from 'commander';
import { mergeRecords } from '../ci/merge.ts';
import { UsageError } from '../harness/errors.ts';
import { readRecords } from '../harness/record.ts';
import { FORMATS, type Format } from '../reports/text.ts';
import { SOFTWARE_GPU } from './selection.ts';
import { show } from './show.ts';

interface MergeOptions {
  out: string;
  format: Format;
  report: boolean;
  softwareGpu?: boolean;
}

export function register(program: Command): void {
  program
    .command('merge')
    .description('the parts of one run (zoo bench --shard i/n), measured on several machines, as one')
    .argument('<records...>', 'records files')
    .option('--out <file>', 'where the records of all go', 'results/merged.jsonl')
    .addOption(new Option('--format <name>', 'of what is printed').choices(FORMATS).default('table'))
    .option('--no-report', 'write no HTML page')
    .option(...SOFTWARE_GPU)
    .action((files: string[], { out, ...options }: MergeOptions) => {
      const warn = (message: string) => process.stderr.write(`warning: ${message}\n`);
      const parts = files.map((file) => ({ file, records: readRecords(file, warn) }));
      const { records, lines, exitCode } = mergeRecords(parts);
      try {
        mkdirSync(dirname(out), { recursive: true });
        writeFileSync(out, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
      } catch (error) {
        throw new UsageError(`cannot write ${out}: ${(error as Error).message}`);
      }
      show(records, out, options);
      for (const line of lines) warn(line);
      process.exitCode = exitCode;
    });
}
