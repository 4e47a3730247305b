/**
 * CPU profiles of a cell in two trees, a fresh process of each one right behind the other on the same CPU, for the attribution of a change
 * (attribution.ts). Beside the processes that time: a profiler costs time of its own, on both sides alike.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { basename, isAbsolute, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { UserFiles } from '../harness/catalogue.ts';
import { cpuFor, type PairedCell, SIDES, type Side } from '../harness/pairs.ts';
import { type CallFrame, type CpuProfile, cpuFrames } from '../harness/profile/frames.ts';
import { look } from '../harness/profile/start.ts';
import type { CellResult } from '../harness/protocol.ts';
import { ROOT } from '../harness/root.ts';
import { cpusToBind, programOf } from '../harness/runtimes/process.ts';
import { median } from '../harness/stats/median.ts';
import { rng } from '../kernels/lib/rng.ts';
import { type Explained, explain, type Times } from './attribution.ts';
import type { PairedRow } from './paired.ts';

/** With these a function that changed by 2 % of the whole is told from noise: some 2000 samples a window. */
const PAIRS = 5;
const WARMUP_MS = 700;
const WINDOW_MS = 1000;

export interface ProfiledTrees {
  readonly files: Readonly<Record<Side, UserFiles>>;
  /** Root of each side's tree. */
  readonly roots: Readonly<Record<Side, string>>;
  /** Files that differ between the two, relative to their roots. */
  readonly changed: ReadonlySet<string>;
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

/**
 * @param row the verdict on it: a ratio with its interval
 * @returns undefined in an engine without V8's profiler
 * @throws Error, in one line, where a process does not do its part
 */
export async function explainPair(
  { cell, runtime, results }: PairedCell,
  { ratio, low, high }: PairedRow,
  { files, roots, changed, threads, signal }: ProfiledTrees,
): Promise<Explained | undefined> {
  const program = programOf(runtime);
  if (program?.engine !== 'node' || ratio === undefined || low === undefined || high === undefined)
    return undefined;
  const tokens = tokensOf(results.candidate) ?? tokensOf(results.base);
  const places = new Map<string, Place>();
  const seed = randomBytes(16).toString('hex');
  const random = rng(`profiles ${seed}`);
  const cpus = cpusToBind();
  const profile = async (side: Side, cpu: number | undefined): Promise<Times> => {
    const job = {
      ...({ cells: [cell], files: files[side], seed, runAll: false, capture: 'cpu' } as const),
      ...{ warmupMs: WARMUP_MS, windowMs: WINDOW_MS },
      ...(threads ? { threads } : {}),
    };
    const [looked] = (await look(job, { binary: program.file, flags: program.flags, cpu, signal })).cells;
    if (!looked || 'reason' in looked) throw new Error(looked?.reason ?? 'the cell was not run');
    const root = realpathSync(roots[side]);
    const frames = cpuFrames(looked.captured as CpuProfile, (frame) => {
      const place = placeOf(frame, root);
      const key = [place.name, place.file ?? ''].join(' ');
      places.set(key, place);
      return key;
    });
    return new Map(frames.map(({ name, self }) => [name, self]));
  };
  const pairs: Record<Side, Times>[] = [];
  for (let i = 0; i < PAIRS; i++) {
    const times: Partial<Record<Side, Times>> = {};
    const cpu = cpuFor(cell.backend, cpus, random);
    for (const side of i % 2 === 0 ? SIDES : SIDES.toReversed()) times[side] = await profile(side, cpu);
    pairs.push(times as Record<Side, Times>);
  }
  const callNs = median(results.base.flatMap(({ time }) => (time ? [time.medianNs] : [])));
  const change = { baseUs: callNs / 1000 / (tokens ?? 1), ratio, low, high };
  return explain(pairs, change, tokens === undefined ? 'call' : 'token', (key) => {
    const place = places.get(key)!;
    return { ...place, isChanged: place.file !== undefined && changed.has(place.file) };
  });
}

/** Of a call. */
function tokensOf(results: readonly CellResult[]): number | undefined {
  return results.find(({ tokens }) => tokens)?.tokens?.perCall;
}

interface Place {
  readonly name: string;
  /** Relative to the root of its tree. */
  readonly file?: string;
}

/**
 * The same on both sides: without lines, which move, and without the tree's own path. AssemblyScript's names say the file,
 * `kernels/lib/qmatvec.as/matvecQ8_0`.
 */
export function placeOf({ functionName, url }: CallFrame, root: string): Place {
  const name = functionName || '(anonymous)';
  if (url.startsWith('wasm:')) {
    const [, file, own] = /^(.+\.as)\/([^/]+)$/.exec(name) ?? [];
    return file && own ? { name: own, file: `${file}.ts` } : { name };
  }
  if (!url.startsWith('file:')) return { name: url === '' ? name : `${name} ${url}` };
  const path = fileURLToPath(url);
  // Both sides are measured by the candidate's harness, which is in the candidate's tree alone.
  if (path.startsWith(join(ROOT, 'harness'))) return { name: '(the loop that calls)' };
  const file = relative(root, path).replaceAll('\\', '/');
  const isOwn = !file.startsWith('..') && !isAbsolute(file) && !file.includes('node_modules/');
  return isOwn ? { name, file } : { name: `${name} ${basename(path)}` };
}

/** @param candidate undefined: the working tree */
export function changedFiles(repository: string, base: string, candidate?: string): Set<string> {
  const commits = candidate === undefined ? [base] : [base, candidate];
  const names = execFileSync('git', ['diff', '--name-only', '-z', ...commits], {
    ...{ cwd: repository, encoding: 'utf8', stdio: 'pipe', maxBuffer: 2 ** 28 },
  });
  return new Set(names.split('\0').filter((name) => name !== ''));
}
