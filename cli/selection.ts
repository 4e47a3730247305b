/** The selection flags that verbs share. */
import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { suiteKernels, type UserFiles } from '../harness/catalogue.ts';
import { oneLine, UsageError } from '../harness/errors.ts';
import type { Selection } from '../harness/plan.ts';
import { addressOf, REMOTE, type RemoteOptions } from '../harness/runtimes/runtime.ts';
import { ENGINES } from '../harness/timing/sample.ts';
import { SUITES } from '../suites/index.ts';

export interface SelectionOptions {
  case?: string[];
  backend?: string[];
  runtime?: string[];
  browserPath?: string;
  browserArg?: string[];
  remoteSessions?: number;
  remoteBrowser?: string;
  remoteCaps?: string;
  host?: string;
  suite?: string;
  shard?: string;
  kernel?: string[];
  variant?: string[];
  gguf?: string;
  threads?: number;
  processes?: number;
  engine?: string;
  time?: number;
  limit?: number;
  tiers?: boolean;
}

/** For flags that may be repeated. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value];
const list = (value: string, before: string[] = []): string[] => [...before, ...value.split(',')];

/** A positive integer. */
export function positive(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('It must be a positive integer.');
  return number;
}

/** Name and meaning of the flag, for the verbs that rank. */
export const SOFTWARE_GPU = [
  '--software-gpu',
  'rank WebGPU on a software adapter too, which says nothing about a GPU',
] as const;

/** Adds `[selectors…]` and the flags that choose cells and what they may cost. */
export function addSelection(command: Command): Command {
  return command
    .argument('[selectors...]', 'kernel, kernel/variant or kernel/variant@case; none: all of the suite')
    .option(
      '--case <case>',
      'shape to time: M=384,N=384,K=384, a part of one (M=384), or all; repeatable',
      collect,
    )
    .option('--backend <list>', 'js, workers, wasm, wasm-threads, webgpu, peer', list)
    .option('--runtime <list>', 'where to measure (default: node)', list)
    .option('--browser-path <file>', 'program of the browser, where it is not where packages put it')
    .option('--browser-arg <flag>', 'flag that the browser is started with; repeatable', collect)
    .option('--remote-sessions <n>', 'browsers at once of each remote: endpoint (default: 1)', positive)
    .option('--remote-browser <name>', 'browserName that a remote: endpoint is asked for: firefox')
    .option('--remote-caps <file>', 'JSON of the W3C capabilities that a remote: endpoint is asked for')
    .option('--host <address>', 'address of this machine under which remote browsers reach it')
    .option('--suite <name>', `${SUITES.map((suite) => suite.name).join(', ')} (default: ${SUITES[0]!.name})`)
    .option('--shard <i/n>', 'the i-th of n parts of the plan')
    .option('--kernel <file>', 'a kernel of your own: a file with a default export; repeatable', collect)
    .option('--variant <file>', 'a variant of your own for the one kernel selected; repeatable', collect)
    .option('--gguf <file>', 'dequant on the matrices of this file, their shapes as its cases')
    .option(
      '--threads <n>',
      'threads of threaded variants, the caller included (default: one a core)',
      positive,
    )
    .option('--processes <n>', "fresh processes a cell (default: the suite's)", positive)
    .option('--engine <name>', `what drives the sampling: ${ENGINES.join(', ')}`)
    .option('--time <ms>', "sampling time of a cell (default: the suite's)", positive)
    .option(
      '--no-tiers',
      'leave out in which tier of the engine the timed code ran: a second less for each variant',
    )
    .option('--limit <s>', 'seconds after which a cell counts as hanging', positive);
}

export function toSelection(selectors: readonly string[], options: SelectionOptions): Selection {
  return {
    ...(selectors.length > 0 ? { selectors } : {}),
    ...(options.case ? { cases: options.case } : {}),
    ...(options.backend ? { backends: options.backend } : {}),
    ...(options.runtime ? { runtimes: options.runtime.map(nameOfRuntime) } : {}),
    ...(options.suite ? { suite: options.suite } : {}),
    ...(options.shard ? { shard: options.shard } : {}),
  };
}

/** The files of `--kernel` and `--variant`; a variant belongs to the one kernel that is selected. */
export function toFiles(selectors: readonly string[], options: SelectionOptions): UserFiles {
  const subjects = [...new Set(selectors.map((selector) => selector.split(/[/@]/)[0]!))];
  if (options.variant && subjects.length !== 1) {
    throw new UsageError('--variant needs exactly one kernel: zoo bench softmax --variant ./fast.ts');
  }
  return {
    kernels: [...suiteKernels(options.suite), ...(options.kernel ?? [])],
    variants: (options.variant ?? []).map((file) => ({ file, kernel: subjects[0]! })),
    ...(options.gguf ? { gguf: options.gguf } : {}),
  };
}

/** A runtime as records name it: an address without what gives access to it. */
export function nameOfRuntime(runtime: string): string {
  const url = addressOf(runtime);
  return url ? `${REMOTE}${url.origin}${url.pathname.replace(/\/$/, '')}` : runtime;
}

/**
 * How remote browsers are reached and which are asked for.
 * @throws UsageError for capabilities that cannot be read
 */
export function toRemote(options: SelectionOptions): RemoteOptions {
  const addresses = new Map<string, URL>();
  for (const runtime of options.runtime ?? []) {
    const url = addressOf(runtime);
    if (url) addresses.set(nameOfRuntime(runtime), url);
  }
  const capabilities = {
    ...(options.remoteCaps === undefined ? {} : readCapabilities(options.remoteCaps)),
    ...(options.remoteBrowser === undefined ? {} : { browserName: options.remoteBrowser }),
  };
  return {
    addresses,
    capabilities,
    ...(options.remoteSessions === undefined ? {} : { sessions: options.remoteSessions }),
    ...(options.host === undefined ? {} : { host: options.host }),
  };
}

function readCapabilities(file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`--remote-caps ${file}: ${oneLine(error)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`--remote-caps ${file} must be an object: { "browserName": "firefox" }`);
  }
  return value as Record<string, unknown>;
}
