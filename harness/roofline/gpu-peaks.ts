/** The peaks of a WebGPU adapter, by the clock that its cells are timed with. */
import type { Host, Prepared } from '../../kernels/kernel.ts';
import { type GpuCall, gpuVariant } from '../../kernels/lib/gpu.ts';
import { gpuTimer, hasTimestamps, ImplausibleTimestamps } from '../timing/gpu-clock.ts';
import { bestNs } from './best.ts';
import type { Access, PeakName, Peaks, Point } from './peaks.ts';

export const GPU_PEAKS = ['f32', 'f16', 'dot i8'] as const;
export type GpuPeak = (typeof GPU_PEAKS)[number];

interface Chains {
  readonly shader: URL;
  /** Of a round and invocation. */
  readonly ops: number;
  /** Whether the device has what the shader needs. */
  fits(device: GPUDevice, languageFeatures: ReadonlySet<string>): boolean;
}

const CHAINS: Record<GpuPeak, Chains> = {
  f32: { shader: new URL('./fma.wgsl', import.meta.url), ops: 64, fits: () => true },
  f16: {
    shader: new URL('./fma16.wgsl', import.meta.url),
    ops: 64,
    fits: (device) => device.features.has('shader-f16'),
  },
  'dot i8': {
    shader: new URL('./dot8.wgsl', import.meta.url),
    ops: 128,
    fits: (_, language) => language.has('packed_4x8_integer_dot_product'),
  },
};

const STREAMS: Record<Access, URL> = {
  read: new URL('./read.wgsl', import.meta.url),
  write: new URL('./write.wgsl', import.meta.url),
  copy: new URL('./copy.wgsl', import.meta.url),
};

/** In the caches of most GPUs, in those of the largest, and beyond. */
const SETS = [1 << 20, 8 << 20, 64 << 20];
const TRIES = 5;
/** Software adapters, which take so long, give no peak of a GPU anyway. */
const ENOUGH_MS = 100;

/** What the device lacks, or fails at, is absent: cells that need it say why. */
export async function gpuPeaks(host: Host): Promise<Peaks> {
  if (!('device' in host.gpu)) return { rates: {}, bandwidth: {} };
  const { device, languageFeatures = new Set() } = host.gpu;
  const rates: Partial<Record<PeakName, number>> = {};
  for (const name of GPU_PEAKS) {
    if (!CHAINS[name].fits(device, languageFeatures)) continue;
    const call = chains(name, 1 << 15, 256);
    const ns = await leastNs(host, device, call);
    if (ns !== undefined) rates[name] = (CHAINS[name].ops * 256 * (1 << 15)) / ns;
  }
  const bandwidth: Partial<Record<Access, readonly Point[]>> = {};
  for (const access of Object.keys(STREAMS) as Access[]) {
    const points: Point[] = [];
    for (const bytes of SETS) {
      const ns = await leastNs(host, device, stream(access, bytes));
      if (ns !== undefined) points.push({ bytes, gbps: bytes / ns });
    }
    if (points.length > 0) bandwidth[access] = points;
  }
  return { rates, bandwidth };
}

/** `rounds` of the chains of a peak in each of `invocations`, a multiple of 64; the output sums the chains of each. */
export function chains(name: GpuPeak, invocations: number, rounds: number): GpuCall {
  return {
    url: CHAINS[name].shader,
    inputs: [],
    outputLength: invocations,
    constants: { ROUNDS: rounds },
    workgroups: [invocations / 64],
  };
}

/** One pass over a working set of `bytes`, a power of two of at least 512 kB; a copy reads one half and writes the other. */
export function stream(access: Access, bytes: number): GpuCall {
  const invocations = 1 << 14;
  const moved = access === 'copy' ? bytes / 2 : bytes;
  return {
    url: STREAMS[access],
    inputs: access === 'write' ? [] : [new Float32Array(moved / 4).fill(1)],
    outputLength: access === 'read' ? invocations : moved / 4,
    constants: { WORDS: moved / 16 / invocations },
    workgroups: [invocations / 64],
  };
}

/** Undefined where the device fails at it. */
async function leastNs(host: Host, device: GPUDevice, call: GpuCall): Promise<number | undefined> {
  let prepared: Prepared | undefined;
  try {
    prepared = await gpuVariant(host, call);
    return (await leastByTimestamps(device, prepared)) ?? (await bestNs(prepared, TRIES));
  } catch {
    return undefined;
  } finally {
    prepared?.dispose();
  }
}

async function leastByTimestamps(device: GPUDevice, prepared: Prepared): Promise<number | undefined> {
  if (!hasTimestamps(device)) return undefined;
  try {
    const timer = await gpuTimer(device, prepared);
    const least = Math.max(1, 100 * timer.stepMs);
    // The first batch may include compiling.
    await timer.batch(1);
    let batch = 1;
    for (let ms = await timer.batch(1); ms < least; ms = await timer.batch(batch)) {
      batch = Math.ceil(batch * Math.min(10, (1.2 * least) / Math.max(ms, least / 10)));
    }
    let best = Number.POSITIVE_INFINITY;
    let spentMs = 0;
    for (let i = 0; i < TRIES && (i < 2 || spentMs < ENOUGH_MS); i++) {
      const ms = await timer.batch(batch);
      spentMs += ms;
      best = Math.min(best, (ms * 1e6) / batch);
    }
    return best > 0 ? best : undefined;
  } catch (error) {
    if (error instanceof ImplausibleTimestamps) return undefined;
    throw error;
  }
}
