import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { FromWorker } from '../../kernels/lib/pool.ts';
import { openGgufFile } from '../../models/gguf/file.ts';
import { ggufTensor } from '../../models/gguf/tensor.ts';
import { tensorsOf } from '../gguf.ts';
import { type ClosableHost, makeHost, threadsFor } from './host.ts';
import { type NodeGpu, openGpu } from './node-gpu.ts';

export interface NodeHostOptions {
  /** Threads of the pool, the calling one included; default: one a core, at least 2. */
  threads?: number;
  /** A GGUF file to take tensors from. */
  gguf?: string;
  /** Look for a WebGPU adapter; otherwise `gpu` says that none was asked for. */
  gpu?: boolean;
}

export type NodeHost = ClosableHost<NodeGpu>;

export function defaultThreads(): number {
  return threadsFor(availableParallelism());
}

export async function createNodeHost(options: NodeHostOptions = {}): Promise<NodeHost> {
  const gpu: NodeGpu = options.gpu
    ? await openGpu()
    : { reason: 'no WebGPU device was asked for', close: () => {} };
  const { gguf } = options;
  const host = makeHost({
    runtime: 'node',
    threads: options.threads ?? defaultThreads(),
    gpu,
    spawn,
    load: async (url) => new Uint8Array(await readFile(url)),
    tensor: gguf === undefined ? ggufTensor : tensorsOf(() => openGgufFile(gguf)),
  });
  return {
    ...host,
    async close() {
      await host.close();
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
