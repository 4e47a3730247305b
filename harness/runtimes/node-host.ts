import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Host, Pool } from '../../kernels/kernel.ts';
import { Arena } from '../../kernels/lib/arena.ts';
import { createPool, type FromWorker } from '../../kernels/lib/pool.ts';
import { ggufTensor } from '../../models/gguf/tensor.ts';
import { tensorsOf } from '../gguf.ts';
import { type NodeGpu, openGpu } from './node-gpu.ts';

export interface NodeHostOptions {
  /** Threads of the pool, the calling one included; default: one a core, at least 2. */
  threads?: number;
  /** A GGUF file to take tensors from. */
  gguf?: string;
  /** Look for a WebGPU adapter; otherwise `gpu` says that none was asked for. */
  gpu?: boolean;
}

export interface NodeHost extends Host {
  readonly gpu: NodeGpu;
  close(): Promise<void>;
}

export function defaultThreads(): number {
  return Math.max(2, availableParallelism());
}

export async function createNodeHost(options: NodeHostOptions = {}): Promise<NodeHost> {
  const threads = options.threads ?? defaultThreads();
  const gpu: NodeGpu = options.gpu
    ? await openGpu()
    : { reason: 'no WebGPU device was asked for', close: () => {} };
  const arenas = new Map<boolean, Arena>();
  let pool: Promise<Pool> | undefined;
  return {
    runtime: 'node',
    threads,
    simd: WebAssembly.validate(SIMD_PROBE),
    relaxedSimd: WebAssembly.validate(RELAXED_PROBE),
    gpu,
    arena(shared) {
      let arena = arenas.get(shared);
      if (!arena) {
        arena = new Arena(shared);
        arenas.set(shared, arena);
      }
      return arena;
    },
    pool() {
      pool ??= Promise.resolve(createPool(threads, spawn));
      return pool;
    },
    async load(url) {
      return new Uint8Array(await readFile(url));
    },
    tensor: options.gguf === undefined ? ggufTensor : tensorsOf(options.gguf),
    async close() {
      await (await pool)?.close();
      gpu.close();
    },
  };
}

function spawn() {
  const worker = new Worker(new URL('./node-worker.ts', import.meta.url), { execArgv: ['--import', TSX] });
  return {
    post: (message: unknown) => worker.postMessage(message),
    onMessage: (listener: (message: FromWorker) => void) => worker.on('message', listener),
    onError: (listener: (error: Error) => void) => {
      worker.on('error', listener);
      worker.on('exit', (code) => listener(new Error(`exit code ${code}`)));
    },
    close: async () => {
      worker.removeAllListeners('exit');
      await worker.terminate();
    },
  };
}

/** Resolved here: workers and child processes may start in a folder that has no tsx. */
export const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** (module (func (result v128) (i8x16.splat (i32.const 0)))) */
const SIMD_PROBE = Uint8Array.of(
  0,
  97,
  115,
  109,
  1,
  0,
  0,
  0,
  1,
  5,
  1,
  96,
  0,
  1,
  123,
  3,
  2,
  1,
  0,
  10,
  8,
  1,
  6,
  0,
  65,
  0,
  253,
  15,
  11,
);
/** (module (func (result v128) three zero vectors, f32x4.relaxed_madd)) */
const RELAXED_PROBE = Uint8Array.of(
  0,
  97,
  115,
  109,
  1,
  0,
  0,
  0,
  1,
  5,
  1,
  96,
  0,
  1,
  123,
  3,
  2,
  1,
  0,
  10,
  19,
  1,
  17,
  0,
  65,
  0,
  253,
  15,
  65,
  0,
  253,
  15,
  65,
  0,
  253,
  15,
  253,
  133,
  2,
  11,
);
