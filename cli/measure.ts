/** From flags to records: what `bench`, `compare` and `gate` do when they measure. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { SingleBar } from 'cli-progress';
import { buildWasm } from '../harness/build-wasm.ts';
import { UsageError, unknown } from '../harness/errors.ts';
import { RESULTS } from '../harness/origin.ts';
import { readRecords, type ZooRecord } from '../harness/record.ts';
import { requestPlan } from '../harness/request.ts';
import { type Progress, run } from '../harness/run.ts';
import { BROWSERS } from '../harness/runtimes/runtime.ts';
import { ENGINES, type Engine } from '../harness/timing/sample.ts';
import { nameOfRuntime, type SelectionOptions, toFiles, toRemote, toSelection } from './selection.ts';

export interface MeasureExtra {
  readonly suite?: string;
  readonly processes?: number;
  /** Default: `results/<time>.jsonl` in the current folder. */
  readonly recordsFile?: string;
  /** Folder for the records when no file is named. */
  readonly out?: string;
  /** Records file of a run that was interrupted. */
  readonly resume?: string;
  /** Measure a software GPU as often as everything else. */
  readonly softwareGpu?: boolean;
}

/**
 * Builds the WASM modules, plans, and measures.
 * @returns the records file, and its records: one for each cell and process
 */
export async function measure(
  selectors: string[],
  options: SelectionOptions,
  extra: MeasureExtra = {},
): Promise<{ file: string; records: ZooRecord[] }> {
  const resumed = extra.resume === undefined ? undefined : readInterrupted(extra.resume);
  // Without a selection of its own, a resumed run takes up that of the interrupted one.
  const [wanted, flags] = resumed?.plan && selectors.length === 0 ? resumed.plan : [selectors, options];
  const suite = flags.suite ?? extra.suite;
  const files = toFiles(wanted, { ...flags, ...(suite ? { suite } : {}) });
  const plan = await requestPlan({
    files,
    selection: { ...toSelection(wanted, flags), ...(suite ? { suite } : {}) },
    limits: { ...(extra.processes ? { processes: extra.processes } : {}), ...flags },
  });
  const engine = (flags.engine ?? 'tinybench') as Engine;
  if (!ENGINES.includes(engine)) throw unknown('engine', engine, ENGINES);

  const file = extra.resume ?? extra.recordsFile ?? newFile(extra.out ?? RESULTS);
  mkdirSync(dirname(resolve(file)), { recursive: true });
  // No keys on disk.
  const kept = { ...flags, ...(flags.runtime ? { runtime: flags.runtime.map(nameOfRuntime) } : {}) };
  writeFileSync(planFile(file), JSON.stringify([wanted, kept]));

  const bar = progressBar();
  await buildWasm((source, done, total) => bar.show({ done, total, label: `building ${source}` }));
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    const records = await run(plan, {
      file,
      files,
      engine,
      ...(flags.threads ? { threads: flags.threads } : {}),
      ...browserOf(flags),
      // A resumed run is told the keys again.
      remote: toRemote({ ...flags, ...options }),
      ...(extra.softwareGpu ? { softwareGpu: true } : {}),
      ...(resumed ? { done: resumed.records } : {}),
      onProgress: bar.show,
      signal: stop.signal,
    });
    bar.stop();
    if (stop.signal.aborted) {
      process.stderr.write(`interrupted; go on with: zoo bench --resume ${file}\n`);
      process.exit(130);
    }
    rmSync(planFile(file), { force: true });
    return { file, records };
  } finally {
    bar.stop();
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

function browserOf({ runtime = [], browserPath, browserArg }: SelectionOptions) {
  const browsers = runtime.filter((name) => BROWSERS.includes(name));
  if ((browserPath !== undefined || browserArg) && browsers.length !== 1) {
    throw new UsageError('--browser-path and --browser-arg go with one browser: --runtime chromium');
  }
  return {
    ...(browserPath === undefined ? {} : { browserPath }),
    ...(browserArg ? { browserArgs: browserArg } : {}),
  };
}

/** `2026-11-20T21-05-33.jsonl`: sorts by time, and every file system takes it. */
function newFile(folder: string): string {
  const stamp = new Date().toISOString().replace(/\..*/, '').replaceAll(':', '-');
  for (let i = 1; ; i++) {
    const file = join(folder, `${stamp}${i === 1 ? '' : `-${i}`}.jsonl`);
    if (!existsSync(file)) return file;
  }
}

/** What was asked for stands beside the records until the run is complete. */
function planFile(records: string): string {
  return `${records}.plan`;
}

function readInterrupted(file: string): { records: ZooRecord[]; plan?: [string[], SelectionOptions] } {
  const records = readRecords(file, (message) => process.stderr.write(`${message}\n`));
  // Appending behind a line that a kill cut off would spoil both.
  writeFileSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  const plan = planFile(file);
  if (!existsSync(plan)) return { records };
  try {
    return { records, plan: JSON.parse(readFileSync(plan, 'utf8')) as [string[], SelectionOptions] };
  } catch {
    throw new UsageError(`${plan} is damaged: remove it and give the selection again`);
  }
}

/** A bar on stderr when that is a terminal; nothing in pipes. */
function progressBar() {
  if (!process.stderr.isTTY) return { show: (_: Progress) => {}, stop: () => {} };
  const bar = new SingleBar({
    format: '{bar} {value}/{total} cells · {eta_formatted} left · {label}',
    hideCursor: true,
    clearOnComplete: true,
    stream: process.stderr,
    etaBuffer: 20,
  });
  let total = -1;
  return {
    show(progress: Progress) {
      if (progress.total !== total) {
        total = progress.total;
        bar.start(total, progress.done, { label: progress.label });
      } else bar.update(progress.done, { label: progress.label });
    },
    stop: () => bar.stop(),
  };
}
