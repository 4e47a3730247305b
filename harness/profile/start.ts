/** Starts a process that is looked into (process.ts), apart from those that are timed. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { moduleFile } from '../root.ts';
import { boundTo, howItEnded, nodeBinary } from '../runtimes/process.ts';
import { COMPILE_CACHE, LOADER } from '../typescript.ts';
import type { FromProfiled, ProfileJob, Window } from './protocol.ts';

export interface Looked {
  readonly clockMs: number;
  readonly points: readonly (readonly [ms: number, calls: number])[];
  /** One for each cell of the job, in its order. */
  readonly cells: readonly ({ window: Window; captured: unknown } | { reason: string })[];
}

export interface StartOptions {
  /** Another Node than the pinned one. */
  readonly binary?: string;
  readonly flags?: readonly string[];
  /** The only one it runs on; default: where the system puts it. */
  readonly cpu?: number | undefined;
  /** Seconds without a word after which the process counts as hanging. */
  readonly limitS?: number;
  /** File for what the engine prints. */
  readonly stdout?: string;
  readonly signal?: AbortSignal | undefined;
}

/** As for processes that measure: a leak ends early. */
const HEAP = '--max-old-space-size=1024';
/** Of V8: samples within a function that was inlined count for it, also where it was compiled before the profiler was there. */
const INLINED = '--detailed-line-info';

/** @throws Error with one line that says how the process ended, when it did not do its job */
export function look(job: ProfileJob, options: StartOptions = {}): Promise<Looked> {
  const { binary = nodeBinary(), cpu, limitS = 120, stdout, signal } = options;
  const entry = moduleFile('harness/profile/process.ts');
  const file = stdout === undefined ? undefined : openSync(stdout, 'w');
  return new Promise((resolve, reject) => {
    const line = [binary, ...(options.flags ?? []), HEAP, INLINED, ...LOADER, entry];
    const [command, ...args] = boundTo(cpu, line);
    const child = spawn(command, args, {
      stdio: ['ignore', file ?? 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ...COMPILE_CACHE, NODE_OPTIONS: '', NO_COLOR: '1' },
    });
    if (file !== undefined) closeSync(file);
    let hung = false;
    const kill = () => child.kill('SIGKILL');
    let timer: NodeJS.Timeout;
    const restart = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        hung = true;
        kill();
      }, limitS * 1000);
    };
    restart();
    signal?.addEventListener('abort', kill);
    let stderr = '';
    child.stderr!.on('data', (text: Buffer) => {
      stderr = (stderr + text).slice(-8192);
    });
    let clockMs = 0;
    let points: Looked['points'] | undefined;
    const cells: Looked['cells'][number][] = [];
    child.on('message', (message: FromProfiled) => {
      restart();
      if (message.kind === 'clock') clockMs = message.ms;
      if (message.kind === 'window') cells[message.cell] = message;
      if (message.kind === 'unsupported') cells[message.cell] = { reason: message.reason };
      if (message.kind === 'done') points = message.points;
    });
    child.on('error', (error) => reject(error));
    child.on('close', (code, killedBy) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', kill);
      if (points) return resolve({ clockMs, points, cells });
      const how = hung ? `gave no answer within ${limitS} s` : howItEnded(code, killedBy, stderr);
      reject(new Error(`the process that was looked into ${how}`));
    });
    child.send(job, () => {
      // A process that died at once: `close` says how.
    });
  });
}
