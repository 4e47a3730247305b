import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Host, Pool } from '../../kernels/kernel.ts';
import { Arena } from '../../kernels/lib/arena.ts';
import { createPool, type FromWorker } from '../../kernels/lib/pool.ts';
import { ggufTensor } from '../../models/gguf/tensor.ts';
import { tensorsOf } from '../gguf.ts';
import { moduleFile } from '../root.ts';
import { LOADER } from '../typescript.ts';
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
      pool ??= Promise.resolve(createPool(threads, startPoolWorker));
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

export function startPoolWorker() {
  const worker = new Worker(moduleFile('harness/runtimes/node-worker.ts'), { execArgv: [...LOADER] });
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

/** (module (func (result v128) (i8x16.splat (i32.const 0)))) */
const SIMD_PROBE = Buffer.from('0061736d010000000105016000017b030201000a080106004100fd0f0b', 'hex');
/** (module (func (result v128) (f32x4.relaxed_madd of three such splats))) */
const RELAXED_PROBE = Buffer.from(
  '0061736d010000000105016000017b030201000a130111004100fd0f4100fd0f4100fd0ffd85020b',
  'hex',
);
