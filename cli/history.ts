import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { againstBase } from '../ci/against-base.ts';
import { type Bisection, bisect } from '../ci/bisect.ts';
import { entriesOf, folderStore, type HistoryStore, readHistory } from '../ci/history.ts';
import { branchStore } from '../ci/history-branch.ts';
import type { PairedRow } from '../ci/paired.ts';
import { sentence } from '../ci/paired-text.ts';
import { UsageError } from '../harness/errors.ts';
import { HISTORY, RESULTS } from '../harness/origin.ts';
import { selects } from '../harness/plan.ts';
import { readRecords } from '../harness/record.ts';
import { renderPage } from '../reports/html.ts';
import { wantsColor } from '../reports/text.ts';
import { trendsOf } from '../reports/trends.ts';
import { historyPage } from '../reports/trends-page.ts';
import { formatTrends, TREND_FORMATS, type TrendFormat } from '../reports/trends-text.ts';
import { LEAST_TIME, percentage, timeSpan } from './against.ts';
import { newest, writeFile } from './report.ts';
import { collect, positive, type SelectionOptions, toFiles, toSelection } from './selection.ts';

const EXIT_INCONCLUSIVE = 3;

export function register(program: Command): void {
  const history = program
    .command('history')
    .description('times by commit: keep records, show where a level changed, find the commit that did it');
  addPlace(history.command('add'))
    .description('keep records under the commit that they were measured at')
    .argument('[records...]', `records files; default: the newest *.jsonl in ${RESULTS}/`)
    .option('--allow-dirty', 'also records of a tree with changes that were not committed; they are marked')
    .option(
      '--push [remote]',
      'with --branch: fetch and push it (default: origin), again when others were faster',
    )
    .action(add);
  addPlace(history.command('show'))
    .description('a table for each cell, its times commit by commit, steps marked')
    .argument('[cells...]', 'kernel, kernel/variant or kernel/variant@case; none: all')
    .addOption(new Option('--format <name>').choices(TREND_FORMATS).default('table'))
    .option('--last <n>', 'print the newest n commits of each cell; steps are found among all', positive)
    .option('--out <file>', 'also an HTML page with a chart for each cell')
    .action(show);
  history
    .command('bisect')
    .description('the commit that made one cell slower (faster, wrong, allocate more) between two revisions')
    .argument('<cell>', 'kernel/variant@case')
    .requiredOption('--good <ref>', 'commit at which it was as it should be')
    .option('--bad <ref>', 'commit at which it is not', 'HEAD')
    .option('--budget <time>', 'how long to measure at most for each step', timeSpan, timeSpan('60s'))
    .option('--threshold <percent>', 'least change that is looked for', percentage, LEAST_TIME)
    .option('--kernel <file>', 'a kernel of your own, in the repository; repeatable', collect)
    .option('--variant <file>', 'a variant of your own for the kernel of the cell; repeatable', collect)
    .option('--runtime <name>', 'where to measure: node, node@22, bun, deno', 'node')
    .option('--threads <n>', 'threads of threaded variants, the caller included', positive)
    .option('--base-setup <command>', "builds a commit's tree, where it needs building")
    .option('--out <dir>', 'folder for the records', RESULTS)
    .addOption(new Option('--format <name>').choices(['text', 'json']).default('text'))
    .action(bisectCell);
}

interface Place {
  folder?: string;
  branch?: string;
}

function addPlace(command: Command): Command {
  return command
    .option('--folder <dir>', `folder of the history (default: ${HISTORY})`)
    .option('--branch <name>', 'a branch of its own instead; the work tree and the index stay as they are');
}

function storeOf({ folder, branch }: Place, push?: string): HistoryStore {
  if (branch === undefined) return folderStore(folder ?? HISTORY);
  if (folder !== undefined)
    throw new UsageError('a history lies in a --folder or on a --branch, not in both');
  return branchStore(branch, process.cwd(), push === undefined ? {} : { push });
}

function add(files: string[], options: Place & { allowDirty?: boolean; push?: string | true }): void {
  if (options.push !== undefined && options.branch === undefined)
    throw new UsageError('--push needs a --branch to push');
  const store = storeOf(options, options.push === true ? 'origin' : options.push);
  const warn = (message: string) => process.stderr.write(`warning: ${message}\n`);
  const chosen = files.length > 0 ? files : [newest(RESULTS)];
  const records = chosen.flatMap((file) => readRecords(file, warn));
  if (records.length === 0) throw new UsageError(`no records in ${chosen.join(', ')}`);
  const entries = entriesOf(records, process.cwd(), options.allowDirty);
  for (const commit of entries.unknown)
    warn(`git does not know ${commit.slice(0, 12)} here: its place is the time at which it was measured`);
  const fresh = store.add(entries.files);
  const of = `${entries.records} records of ${entries.commits.map((commit) => commit.slice(0, 12)).join(', ')}`;
  process.stdout.write(`${fresh > 0 ? of : `${of} were there already`} in ${store.name}\n`);
}

function show(cells: string[], options: Place & { format: TrendFormat; last?: number; out?: string }): void {
  const store = storeOf(options);
  const history = readHistory(store, process.cwd());
  const selection = cells.length > 0 ? { selectors: cells } : {};
  const chosen = history.map((entry) => ({
    ...entry,
    records: entry.records.filter((record) => selects(selection, record)),
  }));
  const trends = trendsOf(chosen);
  if (trends.length === 0)
    throw new UsageError(`${store.name} has no records of ${cells.join(', ') || 'anything'}`);
  const { last } = options;
  const shown = last === undefined ? trends : trends.map((t) => ({ ...t, points: t.points.slice(-last) }));
  process.stdout.write(formatTrends(shown, options.format, wantsColor(process.stdout)));
  if (options.out === undefined) return;
  writeFile(options.out, renderPage(historyPage(trends, 'kernel-zoo history')));
  process.stderr.write(`page: ${options.out}\n`);
}

interface BisectFlags extends SelectionOptions {
  good: string;
  bad: string;
  budget: number;
  threshold: number;
  baseSetup?: string;
  out: string;
  format: 'text' | 'json';
}

async function bisectCell(cell: string, flags: BisectFlags & { runtime: string }): Promise<void> {
  const selection = { ...flags, runtime: [flags.runtime] };
  const files = toFiles([cell], selection);
  mkdirSync(flags.out, { recursive: true });
  const stamp = new Date().toISOString().replace(/\..*/, '').replaceAll(':', '-');
  const recordFiles = {
    base: join(flags.out, `${stamp}-bisect-good.jsonl`),
    candidate: join(flags.out, `${stamp}-bisect.jsonl`),
  };
  const compare = async (base: string, candidate: string, threshold: number): Promise<PairedRow> => {
    const { rows } = await againstBase({
      ...{ ref: base, candidate, from: process.cwd(), files, recordFiles, budgetMs: flags.budget },
      ...(flags.baseSetup ? { setup: flags.baseSetup } : {}),
      selection: toSelection([cell], selection),
      threshold: () => threshold,
      ...(flags.threads ? { threads: flags.threads } : {}),
      onProgress() {},
    });
    const [row] = rows;
    if (!row || rows.length > 1)
      throw new UsageError(`bisect finds the commit of one cell, and ${cell} names ${rows.length}`);
    return row;
  };
  const found = await bisect({
    ...{ good: flags.good, bad: flags.bad, from: process.cwd(), threshold: flags.threshold, compare },
    onStep: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(flags.format === 'json' ? `${JSON.stringify(found, null, 2)}\n` : textOf(cell, found));
  if (found.kind === 'inconclusive') process.exitCode = EXIT_INCONCLUSIVE;
}

function textOf(cell: string, found: Bisection): string {
  if (found.kind === 'inconclusive')
    return `${cell}: inconclusive: ${found.reason}\n${found.within.map((commit) => `${commit}\n`).join('')}`;
  const { commit, subject = '', authored = '' } = found.commit;
  const lines = [
    commit,
    `${subject} (${authored})`,
    `${cell} against ${found.before.slice(0, 12)}: ${found.row.verdict}, ${sentence(found.row)}`,
  ];
  return `${lines.join('\n')}\n`;
}
