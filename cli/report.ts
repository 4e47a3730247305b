import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../harness/errors.ts';
import { RESULTS } from '../harness/origin.ts';
import { readRecords, type ZooRecord } from '../harness/record.ts';
import { KERNELS } from '../kernels/index.ts';
import { datasheets } from '../reports/datasheet.ts';
import { type ReportOptions, renderHtml } from '../reports/html.ts';
import { SOFTWARE_GPU } from './selection.ts';

interface ReportFlags {
  out: string;
  title?: string;
  docs?: string;
  softwareGpu?: boolean;
}

export function register(program: Command): void {
  program
    .command('report')
    .description('draw records as one HTML page that needs no network')
    .argument('[records...]', `records files; default: the newest *.jsonl in ${RESULTS}/`)
    .option('--out <dir>', 'folder for report.html', RESULTS)
    .option('--title <text>', 'title of the page')
    .option(
      '--docs <dir>',
      'instead of the page: one in Markdown for each kernel of the zoo, into this folder; of suites without records pages there keep what they say',
    )
    .option(...SOFTWARE_GPU)
    .action((files: string[], options: ReportFlags) => {
      const records = (files.length > 0 ? files : [newest(RESULTS)]).flatMap((file) => read(file));
      if (options.docs !== undefined) {
        const { docs } = options;
        const before = (name: string) => {
          const file = join(docs, name);
          return existsSync(file) ? readFileSync(file, 'utf8') : '';
        };
        for (const [name, text] of datasheets(KERNELS, records, before)) writeFile(join(docs, name), text);
        process.stdout.write(`${docs}\n`);
        return;
      }
      const out = join(options.out, 'report.html');
      writeReport(records, out, { title: options.title, softwareGpu: options.softwareGpu });
      process.stdout.write(`${out}\n`);
    });
}

/** The page that belongs to a records file: `report.html` in the same folder. */
export function reportBeside(recordsFile: string): string {
  return join(dirname(recordsFile), 'report.html');
}

/**
 * Writes the page of these records, and the folder it lies in.
 * @throws UsageError when it cannot be written or the chart libraries are not installed
 */
export function writeReport(
  records: readonly ZooRecord[],
  outFile: string,
  options: ReportOptions = {},
): void {
  writeFile(outFile, renderHtml(records, options));
}

/** And the folder it lies in. */
export function writeFile(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (error) {
    throw new UsageError(`cannot write the report: ${(error as Error).message}`);
  }
}

function read(file: string): ZooRecord[] {
  const records = readRecords(file, (message) => process.stderr.write(`warning: ${message}\n`));
  if (records.length === 0) throw new UsageError(`no records in ${file}`);
  return records;
}

/** @throws UsageError where a folder has no records file */
export function newest(folder: string): string {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  } catch {
    names = [];
  }
  const files = names.map((name) => join(folder, name)).map((file) => ({ file, at: statSync(file).mtimeMs }));
  // Names of runs hold their time: they decide between files of the same moment.
  files.sort((a, b) => b.at - a.at || (a.file < b.file ? 1 : -1));
  if (!files[0])
    throw new UsageError(`no records in ${folder}/: run zoo bench first, or name a records file`);
  return files[0].file;
}
