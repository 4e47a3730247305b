/** What a page offers to a variant, and what it knows of itself. */
import type { FromWorker as FromPool, PoolWorker } from '../../kernels/lib/pool.ts';
import type { Gguf } from '../../models/gguf/reader.ts';
import { ggufTensor } from '../../models/gguf/tensor.ts';
import { clockStepMs } from '../clock.ts';
import { tensorsOf } from '../gguf.ts';
import type { HostInfo } from '../record.ts';
import { gpuOf, type OpenedGpu, openDevice } from '../runtimes/gpu.ts';
import { type ClosableHost, makeHost, threadsFor } from '../runtimes/host.ts';
import { engineOf } from './engine.ts';
import type { PagePeer } from './job.ts';

export type PageHost = ClosableHost<OpenedGpu | { readonly reason: string }>;

export interface PageHostOptions {
  readonly known: Partial<HostInfo>;
  readonly threads?: number;
  /** Look for a WebGPU adapter; otherwise `gpu` says that none was asked for. */
  readonly gpu: boolean;
  /** Published libraries that may be imported. */
  readonly peers?: readonly PagePeer[];
  /** Opens a GGUF file to take tensors from. */
  readonly gguf?: () => Promise<Gguf>;
}

/** To be called in a worker: a pool waits. */
export async function createPageHost({
  known,
  threads,
  gpu,
  peers = [],
  gguf,
}: PageHostOptions): Promise<PageHost> {
  const runtime = known.runtime ?? engineOf(navigator.userAgent).runtime;
  return makeHost({
    runtime,
    // WebKit says 4 of a machine with 2.
    threads: threads ?? threadsFor(known.cores ?? navigator.hardwareConcurrency),
    gpu: gpu ? await openDevice(navigator.gpu, runtime) : { reason: 'no WebGPU device was asked for' },
    spawn,
    load,
    peers: new Map(peers.map(({ name, version }) => [name, version])),
    peer: (name) => importPeer(peers.find((peer) => peer.name === name)!),
    tensor: gguf ? tensorsOf(gguf) : ggufTensor,
  });
}

export function pageInfo(host: PageHost, known: Partial<HostInfo>): HostInfo {
  return {
    ...engineOf(navigator.userAgent),
    cpu: 'unknown',
    cores: navigator.hardwareConcurrency,
    flags: [],
    ...known,
    simd: host.simd,
    relaxedSimd: host.relaxedSimd,
    threads: host.threads,
    ...gpuOf(host.gpu),
    clockStepNs: clockStepMs() * 1e6,
  };
}

function importPeer({ path }: PagePeer): Promise<unknown> {
  return import(new URL(path, globalThis.location.origin).href);
}

async function load(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(`${url.pathname.replace(/^.*\//, '')} cannot be loaded: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

function spawn(): PoolWorker {
  const worker = new Worker(new URL('./pool-worker.js', import.meta.url), { type: 'module' });
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (listener) =>
      worker.addEventListener('message', ({ data }: MessageEvent<FromPool>) => listener(data)),
    onError: (listener) =>
      worker.addEventListener('error', (event) => {
        event.preventDefault();
        listener(new Error(event.message || 'its code could not be loaded'));
      }),
    close: async () => worker.terminate(),
  };
}
