/**
 * The peaks that kernels are held against, measured in the runtime that measures them: multiply-add chains and a
 * streaming read. A limit is approached from below by noise, so the best of several tries stands.
 */
import type { Backend, Host, Prepared } from '../../kernels/kernel.ts';
import { gpuVariant } from '../../kernels/lib/gpu.ts';
import { wasmThreadsVariant, wasmVariant } from '../../kernels/lib/wasm.ts';

export interface Peaks {
  /** float32 multiply-adds, counted as two operations. */
  readonly gflops: number;
  /** Streaming read by the size of the working set, ascending. */
  readonly read: readonly { readonly bytes: number; readonly gbps: number }[];
}

/** What a backend's work runs on: one thread, all threads, or the GPU. */
export type Resource = 'single' | 'threads' | 'webgpu';
export type PeakSet = Readonly<Partial<Record<Resource, Peaks>>>;

export function resourceOf(backend: Backend): Resource {
  if (backend === 'webgpu') return 'webgpu';
  return backend === 'workers' || backend === 'wasm-threads' ? 'threads' : 'single';
}

/** Read bandwidth for a working set: that of the smallest measured set that is no smaller. */
export function readPeak(peaks: Peaks, bytes: number): number {
  return (peaks.read.find((point) => point.bytes >= bytes) ?? peaks.read.at(-1)!).gbps;
}

/** Within L1, L2 and L3 of most processors, and beyond all of them. */
const CPU_SETS = [16 << 10, 256 << 10, 4 << 20, 128 << 20];
const GPU_SETS = [1 << 20, 64 << 20];

export async function measurePeaks(host: Host, resources: readonly Resource[]): Promise<PeakSet> {
  const peaks: Partial<Record<Resource, Peaks>> = {};
  for (const resource of resources) {
    if (resource !== 'webgpu') peaks[resource] = await cpuPeaks(host, resource === 'threads');
    else if ('device' in host.gpu) peaks.webgpu = await gpuPeaks(host);
  }
  return peaks;
}

async function cpuPeaks(host: Host, threaded: boolean): Promise<Peaks> {
  const url = new URL('./peaks.wasm', import.meta.url);
  const variant = threaded ? wasmThreadsVariant : wasmVariant;
  const threads = threaded ? host.threads : 1;
  const ROUNDS = 500_000;
  const chains = await variant(host, {
    url,
    export: 'fma',
    layout: (region) => {
      const out = region.f32(4 * threads);
      return { args: [out.ptr, ROUNDS], out };
    },
  });
  const gflops = (96 * ROUNDS * threads) / (await bestNs(chains, 30));
  chains.dispose();
  const read = [];
  for (const bytes of CPU_SETS) {
    const repeats = Math.max(1, Math.round((16 << 20) / bytes));
    const stream = await variant(host, {
      url,
      export: 'read',
      layout: (region) => {
        // Written by the arena, page by page: pages never written read at a false speed, being one page of zeros.
        const data = region.i32(bytes / 4);
        data.view().fill(1);
        const out = region.f32(4 * threads);
        return { args: [data.ptr, out.ptr, bytes, repeats], out };
      },
    });
    read.push({ bytes, gbps: (bytes * repeats) / (await bestNs(stream, 20)) });
    stream.dispose();
  }
  return { gflops, read };
}

async function gpuPeaks(host: Host): Promise<Peaks> {
  const ROUNDS = 256;
  const INVOCATIONS = 1 << 15;
  const chains = await gpuVariant(host, {
    url: new URL('./fma.wgsl', import.meta.url),
    inputs: [],
    outputLength: INVOCATIONS,
    constants: { ROUNDS },
    workgroups: [INVOCATIONS / 64],
  });
  const gflops = (64 * ROUNDS * INVOCATIONS) / (await bestNs(chains, 5));
  chains.dispose();
  const read = [];
  for (const bytes of GPU_SETS) {
    const invocations = 1 << 14;
    const stream = await gpuVariant(host, {
      url: new URL('./read.wgsl', import.meta.url),
      inputs: [new Float32Array(bytes / 4).fill(1)],
      outputLength: invocations,
      constants: { WORDS: bytes / 16 / invocations },
      workgroups: [invocations / 64],
    });
    read.push({ bytes, gbps: bytes / (await bestNs(stream, 5)) });
    stream.dispose();
  }
  return { gflops, read };
}

/** Least nanoseconds a run over `tries` batches that last at least 2 ms each, after a warm-up of as many. */
async function bestNs(prepared: Prepared, tries: number): Promise<number> {
  let batch = 1;
  let best = Number.POSITIVE_INFINITY;
  for (let i = -tries; i < tries; i++) {
    const start = performance.now();
    for (let k = 0; k < batch; k++) prepared.run();
    await prepared.sync?.();
    const ms = performance.now() - start;
    if (i < 0 && ms < 2) batch *= 2;
    if (i >= 0) best = Math.min(best, (ms * 1e6) / batch);
  }
  return best;
}
