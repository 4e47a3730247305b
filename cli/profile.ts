/** `zoo profile`: where the time, the memory and the instructions of one cell go. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { buildWasm } from '../harness/build-wasm.ts';
import { loadKernels } from '../harness/catalogue.ts';
import { oneLine, UsageError } from '../harness/errors.ts';
import { MEMORY_FLAGS } from '../harness/memory/node.ts';
import { RESULTS } from '../harness/origin.ts';
import { type Cell, findSuite, makePlan } from '../harness/plan.ts';
import type { GcEvent } from '../harness/profile/capture.ts';
import { hotLoop, loopText } from '../harness/profile/code.ts';
import { flameGraph } from '../harness/profile/flame.ts';
import {
  allocationFrames,
  type CpuProfile,
  cpuFrames,
  framesText,
  type HeapProfile,
} from '../harness/profile/frames.ts';
import { gcText } from '../harness/profile/gc.ts';
import { modulesOf, opcodesText } from '../harness/profile/opcodes-text.ts';
import type { Capture, ProfileJob, Window } from '../harness/profile/protocol.ts';
import { scopesText } from '../harness/profile/scopes.ts';
import { look } from '../harness/profile/start.ts';
import { type CallTree, treeText } from '../harness/profile/tree.ts';
import { readOpcodes } from '../harness/profile/wasm-opcodes.ts';
import { type Program, programOf } from '../harness/runtimes/process.ts';
import { DEFAULT_RUNTIME, splitFlags } from '../harness/runtimes/runtime.ts';
import { addSelection, positive, type SelectionOptions, toFiles, toSelection } from './selection.ts';

interface ProfileOptions extends SelectionOptions {
  code?: boolean;
  function?: string;
  opcodes?: boolean;
  alloc?: boolean;
  gc?: boolean;
  scopes?: boolean;
  tree?: boolean;
  flame: boolean;
  top: number;
  out: string;
}

/** Milliseconds: long enough for the last tier and for a few thousand samples. */
const WARMUP_MS = 1000;
const WINDOW_MS = 2000;
/** Each instruction of a loop wants samples of its own, one a millisecond. */
const CODE_WINDOW_MS = 1000;

export function register(program: Command): void {
  addSelection(program.command('profile'))
    .description(
      'where the time of one cell goes: CPU profile and flame graph; or its machine code, SIMD instructions, allocations, collections. --opcodes also takes .wasm files',
    )
    .option('--code', 'the machine code of the hot loop, annotated (V8 on x86-64)')
    .option('--function <name>', 'with --code: the hottest loop of this function')
    .option('--opcodes', 'histogram of the SIMD instructions of a cell, or of the .wasm files named')
    .option('--alloc', 'what allocates: a .heapprofile')
    .option('--gc', 'the collections within the window, one by one')
    .option('--scopes', 'the table of the scopes that the code under test opens (harness/profile/scopes.ts)')
    .option('--tree', 'of a pipeline: what each step of each layer takes, in time and bytes')
    .option('--no-flame', 'no flame graph')
    .option('--top <n>', 'functions in the table', positive, 12)
    .option('--out <dir>', 'folder for profiles', RESULTS)
    .action(async (names: string[], options: ProfileOptions) => {
      const modes = (['code', 'opcodes', 'alloc', 'gc', 'scopes', 'tree'] as const).filter(
        (mode) => options[mode],
      );
      if (modes.length > 1) throw new UsageError(`one at a time: --${modes.join(' or --')}`);
      const files = names.filter((name) => name.endsWith('.wasm'));
      if (files.length > 0) {
        if (!options.opcodes || files.length < names.length)
          throw new UsageError('.wasm files are for --opcodes, and not together with cells');
        for (const file of files) process.stdout.write(opcodesText(file, readOpcodes(readBytes(file), file)));
        return;
      }
      await buildWasm();
      const runtime = oneNode(options.runtime ?? [DEFAULT_RUNTIME]);
      const job = await jobFor(names, options);
      // Fetched at the first use, for a cell that there is.
      const node = programOf(runtime)!;
      const { id } = job.cells[0]!;
      if (options.opcodes) {
        for (const file of modulesOf(job.cells[0]!)) {
          process.stdout.write(opcodesText(file, readOpcodes(readBytes(file), file)));
        }
        return;
      }
      process.stdout.write(`${id}\n`);
      if (options.code) {
        process.stdout.write(
          loopText(await hotLoop({ ...job, windowMs: CODE_WINDOW_MS }, node, options.function)),
        );
        return;
      }
      const capture: Capture = modes.find((mode) => mode !== 'code' && mode !== 'opcodes') ?? 'cpu';
      if (capture === 'tree' && job.cells[0]!.backend === 'webgpu')
        throw new UsageError(
          `${id}: --tree looks into calls that return when they are done, and a GPU's do not`,
        );
      const { window, captured } = await lookAt(job, node, capture);
      if (capture !== 'tree')
        process.stdout.write(`${window.calls} calls in ${Math.round(window.ms)} ms\n\n`);
      process.stdout.write(show(capture, captured, window, options));
      const extension = {
        alloc: 'heapprofile',
        gc: 'gc.json',
        scopes: 'scopes.json',
        tree: 'tree.json',
        cpu: 'cpuprofile',
        none: '',
      };
      const file = save(options.out, id, extension[capture], captured);
      process.stdout.write(`\nprofile: ${file}\n`);
      if (capture === 'cpu' && options.flame) await flame(file, id);
    });
}

function show(capture: Capture, captured: unknown, window: Window, { top }: ProfileOptions): string {
  switch (capture) {
    case 'alloc':
      return framesText(allocationFrames(captured as HeapProfile), 'bytes', top, window.calls);
    case 'gc':
      return gcText(captured as GcEvent[], window);
    case 'scopes':
      return scopesText(captured as Parameters<typeof scopesText>[0]);
    case 'tree':
      return treeText(captured as CallTree);
    default:
      return framesText(cpuFrames(captured as CpuProfile), 'ms', top, window.calls);
  }
}

function readBytes(file: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${oneLine(error)}`);
  }
}

/** The one cell to look into: of several cases the one with the most work. */
async function jobFor(names: string[], options: ProfileOptions): Promise<ProfileJob> {
  const files = toFiles(names, options);
  const kernels = await loadKernels(files);
  const own = files.kernels.length > 0 ? kernels.slice(-files.kernels.length).map(({ name }) => name) : [];
  const selection = toSelection(names.length > 0 ? names : own, options);
  if (!selection.selectors) throw new UsageError('name a cell: zoo profile matmul/simd@M=384,N=384,K=384');
  const { groups } = makePlan(kernels, selection);
  if (groups.length > 1) {
    const variants = groups.map(({ subject, variant }) => `${subject}/${variant}`);
    throw new UsageError(`one variant at a time: ${variants.join(', ')}`);
  }
  const [{ cells, subject }] = groups as [(typeof groups)[0]];
  const kernel = kernels.find(({ name }) => name === subject)!;
  const work = (cell: Cell) => kernel.work(cell.shape).flops;
  const cell = cells.reduce((a, b) => (work(b) > work(a) ? b : a));
  return {
    cells: [cell],
    files,
    ...(options.threads ? { threads: options.threads } : {}),
    seed: randomBytes(16).toString('hex'),
    runAll: false,
    warmupMs: WARMUP_MS,
    windowMs: options.time ?? WINDOW_MS,
    capture: 'none',
  };
}

/** @throws UsageError for other engines, and more than one */
function oneNode(runtimes: readonly string[]): string {
  const [runtime = '', ...others] = runtimes;
  if (others.length > 0 || !/^node(@|$)/.test(splitFlags(runtime).name))
    throw new UsageError(
      `zoo profile looks into one Node, node or node@22, and not into ${runtimes.join(', ')}`,
    );
  return runtime;
}

async function lookAt(
  job: ProfileJob,
  node: Program,
  capture: Capture,
): Promise<{ window: Window; captured: unknown }> {
  const limitS = findSuite(undefined).budget.limitMs / 1000;
  const flags = [...node.flags, ...(capture === 'tree' ? MEMORY_FLAGS : [])];
  const [cell] = (await look({ ...job, capture }, { binary: node.file, limitS, flags })).cells;
  if (!cell || 'reason' in cell) throw new UsageError(`unsupported: ${cell?.reason ?? 'not run'}`);
  return cell;
}

/** `results/matmul-simd-M=384,N=384,K=384.cpuprofile` */
function save(folder: string, id: string, extension: string, content: unknown): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${id.replace(/[/@]/g, '-')}.${extension}`);
  writeFileSync(file, JSON.stringify(content));
  return file;
}

async function flame(profile: string, id: string): Promise<void> {
  try {
    process.stdout.write(`flame graph: ${await flameGraph(profile, id)}\n`);
  } catch (error) {
    // The profile is made and printed; the page is an extra.
    process.stderr.write(`no flame graph: ${oneLine(error instanceof UsageError ? error.message : error)}\n`);
  }
}
