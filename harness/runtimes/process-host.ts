/** What variants are offered in a process: by Node's API, which Bun and Deno have too. */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { FromWorker } from '../../kernels/lib/pool.ts';
import { openGgufFile } from '../../models/gguf/file.ts';
import { ggufTensor } from '../../models/gguf/tensor.ts';
import { tensorsOf } from '../gguf.ts';
import { importPeer, processPeers } from '../peers.ts';
import type { HostInfo } from '../record.ts';
import { moduleFile } from '../root.ts';
import { LOADER } from '../typescript.ts';
import { type ClosableHost, makeHost, threadsFor } from './host.ts';
import { openProcessGpu, type ProcessGpu } from './process-gpu.ts';

export interface ProcessHostOptions {
  /** Threads of the pool, the calling one included; default: one a core, at least 2. */
  threads?: number;
  /** A GGUF file to take tensors from. */
  gguf?: string;
  /** Look for a WebGPU adapter; otherwise `gpu` says that none was asked for. */
  gpu?: boolean;
}

export type ProcessHost = ClosableHost<ProcessGpu>;

/** What runs this. The versions that Bun and Deno give for Node and V8 are those that they imitate. */
export function thisEngine(): Pick<HostInfo, 'runtime' | 'version' | 'engine' | 'engineVersion'> {
  const { bun, deno, webkit, node, v8 } = process.versions as Record<string, string>;
  if (bun) return { runtime: 'bun', version: bun, engine: 'jsc', engineVersion: webkit ?? 'unknown' };
  if (deno) return { runtime: 'deno', version: deno, engine: 'v8', engineVersion: v8! };
  return { runtime: 'node', version: node!, engine: 'v8', engineVersion: v8! };
}

export function defaultThreads(): number {
  return threadsFor(availableParallelism());
}

export async function createProcessHost(options: ProcessHostOptions = {}): Promise<ProcessHost> {
  const { runtime } = thisEngine();
  const gpu: ProcessGpu = options.gpu
    ? await openProcessGpu(runtime)
    : { reason: 'no WebGPU device was asked for', close: () => {} };
  const { gguf } = options;
  const host = makeHost({
    runtime,
    threads: options.threads ?? defaultThreads(),
    gpu,
    spawn: startPoolWorker,
    load: async (url) => new Uint8Array(await readFile(url)),
    peers: processPeers(),
    peer: importPeer,
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

export function startPoolWorker() {
  const worker = startWorker(pathToFileURL(moduleFile('harness/runtimes/process-worker.ts')));
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

/** Bun and Deno read TypeScript themselves; Node does it through the loader, which a worker of Node 20 takes only by a call. */
function startWorker(entry: URL): Worker {
  if (LOADER.length === 0 || thisEngine().runtime !== 'node') return new Worker(entry);
  if (Number.parseInt(process.versions.node, 10) >= 22) return new Worker(entry, { execArgv: [...LOADER] });
  const [api, module] = [import.meta.resolve('tsx/esm/api'), entry.href].map((url) => JSON.stringify(url));
  const text = `import(${api}).then(({ register }) => { register(); return import(${module}); });`;
  return new Worker(text, { eval: true, execArgv: [] });
}
