/** `bench` and `compare` of the library: from options to records and rows. Nothing is printed, and no process is ended. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type ComparedRow, compareVariants } from '../ci/compare.ts';
import { buildWasm } from '../harness/build-wasm.ts';
import { suiteKernels } from '../harness/catalogue.ts';
import { UsageError } from '../harness/errors.ts';
import type { ZooRecord } from '../harness/record.ts';
import { type PlanRequest, requestPlan } from '../harness/request.ts';
import { type Progress, run } from '../harness/run.ts';
import { type Row, toRows } from '../reports/rows.ts';

/** What `bench` and `compare` have in common. Defaults are those of the command line. */
export interface MeasureOptions {
  /** `M=384,N=384,K=384`, a part of one (`M=384`), or `all`. */
  readonly cases?: readonly string[];
  /** Where to measure: `node`, `node@22`, … */
  readonly runtimes?: readonly string[];
  /** Paths of modules that export a kernel as default. */
  readonly kernels?: readonly string[];
  /** Paths of modules that export a variant as default, for the named kernel. */
  readonly variants?: readonly { readonly file: string; readonly kernel: string }[];
  /** A GGUF file whose matrices `dequant` works on. */
  readonly gguf?: string;
  /** Of threaded variants, the calling one included. */
  readonly threads?: number;
  /** Fresh processes a cell. */
  readonly processes?: number;
  /** Sampling time of a cell in one process, in milliseconds. */
  readonly time?: number;
  /** Seconds after which a cell counts as hanging. */
  readonly limit?: number;
  /** Find out in which tier of the engine the timed code ran: a second more for each variant. */
  readonly tiers?: boolean;
  /** Measure and rank WebGPU on a software adapter as everything else. */
  readonly softwareGpu?: boolean;
  /** Records are kept in it, one JSON line each, as they are made. */
  readonly file?: string;
  readonly onProgress?: (progress: Progress) => void;
  /** Stops at once. */
  readonly signal?: AbortSignal;
}

export interface BenchOptions extends MeasureOptions {
  /** `kernel`, `kernel/variant`, either with `@case`; default: all of the suite, or the kernels of `kernels`. */
  readonly select?: readonly string[];
  readonly suite?: string;
  readonly backends?: readonly string[];
  /** `i/n`: the i-th of n parts. */
  readonly shard?: string;
}

export interface BenchResult {
  /** One for each cell and process, with its samples. */
  readonly records: readonly ZooRecord[];
  /** One for each cell, as tables show it. */
  readonly rows: readonly Row[];
}

export type CompareOptions = MeasureOptions;

/** Fresh processes a side: enough to see a difference of 5 % where processes spread by 1.5 %. */
const COMPARED = 5;

export async function bench(options: BenchOptions): Promise<BenchResult> {
  const records = await measure(options);
  return { records, rows: toRows(records, rankingOf(options)) };
}

export async function compare(
  candidate: string,
  baseline: string,
  options: CompareOptions,
): Promise<ComparedRow[]> {
  const [kernel, name, place] = partsOf(candidate);
  const other = baseline.includes('/') ? partsOf(baseline) : [kernel, ...partsOf(`/${baseline}`).slice(1)];
  if (!name || !other[1])
    throw new UsageError(`"${name ? baseline : candidate}" names no variant: write kernel/variant`);
  if (other[0] !== kernel)
    throw new UsageError(
      `${candidate} and ${baseline} are not variants of one kernel: their times say nothing`,
    );
  const at = place || other[2];
  const select = [name, other[1]].map((variant) => `${kernel}/${variant}${at}`);
  const records = await measure({ processes: COMPARED, ...options, select });
  const rows = compareVariants(records, other[1], rankingOf(options));
  return rows.filter(({ variant }) => variant === name);
}

/** `softmax/simd@R=1,C=64` → `softmax`, `simd`, `@R=1,C=64`. */
function partsOf(selector: string): [string, string, string] {
  const [, kernel = '', variant = '', place = ''] = /^([^/@]*)(?:\/([^@]*))?(@.*)?$/.exec(selector) ?? [];
  return [kernel, variant, place];
}

function rankingOf({ softwareGpu }: MeasureOptions) {
  return softwareGpu ? { softwareGpu } : {};
}

async function measure({ file, onProgress, signal, ...options }: BenchOptions): Promise<ZooRecord[]> {
  const request: PlanRequest = {
    files: {
      kernels: [...suiteKernels(options.suite), ...(options.kernels ?? [])],
      variants: options.variants ?? [],
      ...(options.gguf ? { gguf: options.gguf } : {}),
    },
    selection: {
      ...(options.select ? { selectors: options.select } : {}),
      ...(options.cases ? { cases: options.cases } : {}),
      ...(options.backends ? { backends: options.backends } : {}),
      ...(options.runtimes ? { runtimes: options.runtimes } : {}),
      ...(options.suite ? { suite: options.suite } : {}),
      ...(options.shard ? { shard: options.shard } : {}),
    },
    limits: options,
  };
  const plan = await requestPlan(request);
  signal?.throwIfAborted();
  const folder = file === undefined ? mkdtempSync(join(tmpdir(), 'kernel-zoo-')) : undefined;
  try {
    if (file !== undefined) mkdirSync(dirname(resolve(file)), { recursive: true });
    await buildWasm();
    const records = await run(plan, {
      file: file ?? join(folder!, 'records.jsonl'),
      files: request.files,
      engine: 'tinybench',
      ...(options.threads ? { threads: options.threads } : {}),
      ...(options.softwareGpu ? { softwareGpu: true } : {}),
      ...(onProgress ? { onProgress } : {}),
      ...(signal ? { signal } : {}),
    });
    signal?.throwIfAborted();
    return records;
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}
