/**
 * Instructions of a call, counted by valgrind's callgrind: free of noise, on any machine. Node compiles WASM with its last tier at
 * once, on one thread and with fixed seeds, so that two runs differ in the calls alone; the slope between two numbers of calls is one call.
 * It is a count, and no time: memory that is waited for costs none, and an instruction that is split costs one.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { UserFiles } from '../catalogue.ts';
import { oneLine, UsageError } from '../errors.ts';
import type { Cell } from '../plan.ts';
import { MODULE, moduleFile, ROOT } from '../root.ts';
import { nodeBinary } from '../runtimes/process.ts';
import type { CountRequest } from './entry.ts';

/** Of V8: one tier for WASM, one thread, no seeds of chance; and the little JavaScript around each call in the interpreter, from first to last. */
const FLAGS = [
  ...['--no-opt', '--no-maglev', '--no-sparkplug', '--no-wasm-generic-wrapper'],
  ...['--single-threaded', '--no-wasm-tier-up', '--no-liftoff', '--no-wasm-lazy-compilation'],
  ...['--hash-seed=1', '--random-seed=1', '--predictable-gc-schedule'],
];
/** Calls of the shortest run: those that compile, allocate and meet cold code are in all. */
const FEW = 4;
/** That are counted, against a few thousand by which starts differ. */
const COUNTED = 1.5e8;
const MOST = 2 ** 17;

export interface Instructions {
  readonly perCall: number;
  /** That were counted beyond the first. */
  readonly calls: number;
}

/** Why they cannot be counted for this cell, or undefined. */
export function uncountable({ backend }: Pick<Cell, 'backend'>): string | undefined {
  if (backend === 'wasm') return undefined;
  return backend === 'js'
    ? 'instructions are those of WASM: JavaScript can only be counted without its compiler, which is not the code that runs'
    : 'instructions are counted on one thread of WASM';
}

/**
 * @param wanted calls to count: those of another count that this one is held against; default: by the time of one
 * @throws UsageError, in one line, without valgrind or for code that does not run
 */
export async function countInstructions(
  files: UserFiles,
  { subject, variant, shape }: Pick<Cell, 'subject' | 'variant' | 'shape'>,
  wanted?: number,
): Promise<Instructions> {
  const folder = mkdtempSync(join(tmpdir(), 'zoo-instructions-'));
  try {
    const script = join(folder, 'count.mjs');
    await bundle(files, subject, script);
    const runOf = (calls: number): CountRequest => ({ variant, shape, calls });
    const few = await collected(script, runOf(FEW));
    const calls = wanted ?? callsFor(((await collected(script, runOf(2 * FEW))) - few) / FEW);
    const more = await collected(script, runOf(FEW + calls));
    return { perCall: (more - few) / calls, calls };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A power of two, so that runs take the same number: what little is left of the first calls is then the same in both. */
function callsFor(perCall: number): number {
  return Math.min(MOST, 2 ** Math.max(0, Math.round(Math.log2(COUNTED / Math.max(1, perCall)))));
}

/** All that a run of `script` executes. */
function collected(script: string, request: CountRequest): Promise<number> {
  // callgrind would write a file too, which says more than the sum.
  const tool = ['--tool=callgrind', '--callgrind-out-file=/dev/null', nodeBinary(), ...FLAGS, script];
  return new Promise((done, fail) => {
    const child = spawn('valgrind', [...tool, JSON.stringify(request)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.on('error', (error: NodeJS.ErrnoException) => {
      const missing =
        'instructions are counted by valgrind, which is not installed: apt-get install valgrind';
      fail(new UsageError(error.code === 'ENOENT' ? missing : oneLine(error)));
    });
    child.on('close', (code, signal) => {
      const found = /Collected\s*:\s*(\d+)/.exec(said)?.[1];
      if (code === 0 && found !== undefined) return done(Number(found));
      const error = said.split('\n').find((line) => /^\w*Error\b/.test(line));
      fail(new UsageError(`instructions could not be counted: ${error ?? `ended with ${signal ?? code}`}`));
    });
  });
}

/** One file without imports, in which every module knows its own address still: its WASM lies there. */
async function bundle(
  { tree = ROOT, kernels, variants }: UserFiles,
  subject: string,
  outfile: string,
): Promise<void> {
  const text = (path: string) => JSON.stringify(path);
  const users = [...kernels, ...variants.map(({ file }) => file)].map((file) => resolve(file));
  const source = [
    `import { KERNELS } from ${text(join(tree, 'kernels', `index${MODULE}`))};`,
    `import { count } from ${text(moduleFile('harness/instructions/entry.ts'))};`,
    ...users.map((file, i) => `import user${i} from ${text(file)};`),
    `let kernels = [...KERNELS, ${kernels.map((_, i) => `user${i}`).join(', ')}];`,
    ...variants.map(
      ({ kernel }, i) =>
        `kernels = kernels.map((k) => k.name === ${text(kernel)} ? { ...k, variants: [...k.variants, user${kernels.length + i}] } : k);`,
    ),
    `await count(kernels.find((k) => k.name === ${text(subject)}), JSON.parse(process.argv.at(-1)));`,
  ].join('\n');
  try {
    await build({
      stdin: { contents: source, resolveDir: ROOT, loader: 'ts' },
      ...{ bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'silent' },
      plugins: [OWN_ADDRESS],
    });
  } catch (error) {
    throw new UsageError(`cannot bundle ${subject}: ${oneLine(error)}`);
  }
}

const OWN_ADDRESS: Plugin = {
  name: 'own-address',
  setup({ onLoad }) {
    onLoad({ filter: /\.[mc]?[jt]s$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const contents = text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href));
      return { contents, loader: /ts$/.test(path) ? 'ts' : 'js' };
    });
  },
};
