/**
 * The peaks that kernels are held against (Williams, Waterman & Patterson, Roofline, 2009), measured in the runtime that
 * measures them: multiply-adds by back end and type, and bandwidth by access and working set. Noise only slows, so the best of
 * several tries stands, and the better of two measurements (Chen & Revels 2016 on why the minimum).
 */
import type { Backend, Host } from '../../kernels/kernel.ts';
import { usesGpu } from '../../kernels/lib/peer.ts';
import { wasmThreadsVariant, wasmVariant } from '../../kernels/lib/wasm.ts';
import { bestNs } from './best.ts';
import { gpuPeaks } from './gpu-peaks.ts';
import { JS_MODULE, JS_OPS, jsChains } from './js-chains.ts';

/**
 * What the arithmetic was measured with; `js` is scalar float64 in plain JavaScript, those with `256` what V8's
 * `--experimental-wasm-revectorize` makes of pairs of 128-bit operations, `f32` and `f16` are WebGPU's; `dot i8` is WASM's relaxed dot
 * product, and WebGPU's `dot4I8Packed`.
 */
export const PEAKS = [
  ...([
    'js',
    'mul+add',
    'fma',
    'fma 256',
    'fma f64',
    'dot i16',
    'dot i16 256',
    'dot i8',
    'dot i8 256',
  ] as const),
  ...(['f32', 'f16'] as const),
];
export type PeakName = (typeof PEAKS)[number];

export const ACCESSES = ['read', 'write', 'copy'] as const;
export type Access = (typeof ACCESSES)[number];

/** Bandwidth in 1e9 bytes a second for a working set of `bytes`; what a copy reads and what it writes both count. */
export interface Point {
  readonly bytes: number;
  readonly gbps: number;
}

export interface Peaks {
  /** 1e9 operations a second; a multiply-add is two. What an engine or adapter lacks is absent. */
  readonly rates: Readonly<Partial<Record<PeakName, number>>>;
  /** By the size of the working set, ascending. */
  readonly bandwidth: Readonly<Partial<Record<Access, readonly Point[]>>>;
}

/** What a variant's work runs on: one thread, all threads, or the GPU. */
export type Resource = 'single' | 'threads' | 'webgpu';
export type PeakSet = Readonly<Partial<Record<Resource, Peaks>>>;

export function resourceOf(ran: {
  readonly backend: Backend;
  readonly variant?: string | undefined;
}): Resource {
  if (usesGpu(ran)) return 'webgpu';
  const { backend } = ran;
  return backend === 'workers' || backend === 'wasm-threads' ? 'threads' : 'single';
}

/** From L1 through the sizes that L2 and L3 have on most processors to beyond all of them. */
const CPU_SETS = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 131072].map(
  (k) => k << 10,
);

export interface PeakOptions {
  /** The engine joins 128-bit operations into 256-bit ones ({@link REVECTORIZE}). */
  readonly revectorized?: boolean;
}

/** Takes about a second a resource. */
export async function measurePeaks(
  host: Host,
  resources: readonly Resource[],
  options: PeakOptions = {},
): Promise<PeakSet> {
  const peaks: Partial<Record<Resource, Peaks>> = {};
  for (const resource of resources) {
    if (resource !== 'webgpu') peaks[resource] = await cpuPeaks(host, resource === 'threads', options);
    else if ('device' in host.gpu) peaks.webgpu = await gpuPeaks(host);
  }
  return peaks;
}

/** Rate by rate and size by size the faster: a limit is approached from below. */
export function bestOf(a: PeakSet, b: PeakSet): PeakSet {
  const merge = (x: Peaks | undefined, y: Peaks | undefined): Peaks | undefined => {
    if (!x || !y) return x ?? y;
    const rates: Partial<Record<PeakName, number>> = { ...x.rates };
    for (const name of PEAKS) {
      const rate = y.rates[name];
      if (rate !== undefined) rates[name] = Math.max(rate, rates[name] ?? 0);
    }
    const bandwidth: Partial<Record<Access, Point[]>> = {};
    for (const access of ACCESSES) {
      const points = new Map<number, number>();
      for (const { bytes, gbps } of [...(x.bandwidth[access] ?? []), ...(y.bandwidth[access] ?? [])]) {
        points.set(bytes, Math.max(gbps, points.get(bytes) ?? 0));
      }
      if (points.size === 0) continue;
      const ascending = [...points].sort(([m], [n]) => m - n);
      bandwidth[access] = ascending.map(([bytes, gbps]) => ({ bytes, gbps }));
    }
    return { rates, bandwidth };
  };
  const set: Partial<Record<Resource, Peaks>> = {};
  for (const resource of ['single', 'threads', 'webgpu'] as const) {
    const merged = merge(a[resource], b[resource]);
    if (merged) set[resource] = merged;
  }
  return set;
}

interface Chain {
  readonly module: URL;
  readonly export: string;
  /** Operations of a round. */
  readonly ops: number;
  /** Bytes a thread writes, and reads before where it starts from them. */
  readonly outBytes: number;
  /** Pairs that stay pairs in an engine that does not join them: no peak of it. */
  readonly joined?: boolean;
}

const PLAIN = new URL('./peaks.wasm', import.meta.url);
const RELAXED = new URL('./relaxed.wasm', import.meta.url);
const RELAXED_DOT = new URL('./relaxed-dot.wasm', import.meta.url);
const CHAINS: Partial<Record<PeakName, Chain>> = {
  'mul+add': { module: PLAIN, export: 'mulAdd', ops: 96, outBytes: 16 },
  'dot i16': { module: PLAIN, export: 'dotI16', ops: 192, outBytes: 16 },
  fma: { module: RELAXED, export: 'fma', ops: 96, outBytes: 16 },
  'fma f64': { module: RELAXED, export: 'fma64', ops: 48, outBytes: 16 },
  'dot i8': { module: RELAXED_DOT, export: 'dotI8', ops: 384, outBytes: 16 },
  'fma 256': { module: RELAXED, export: 'fmaPairs', ops: 192, outBytes: 384, joined: true },
  'dot i16 256': { module: PLAIN, export: 'dotI16Pairs', ops: 384, outBytes: 384, joined: true },
  'dot i8 256': { module: RELAXED_DOT, export: 'dotI8Pairs', ops: 768, outBytes: 384, joined: true },
};

/** About 1 ms of chains. */
const ROUNDS = 500_000;

async function cpuPeaks(host: Host, threaded: boolean, options: PeakOptions): Promise<Peaks> {
  const threads = threaded ? host.threads : 1;
  const rates: Partial<Record<PeakName, number>> = { js: await jsPeak(host, threaded) };
  for (const [name, chain] of Object.entries(CHAINS) as [PeakName, Chain][]) {
    if (chain.joined && !options.revectorized) continue;
    // An engine that lacks one operation of a module refuses all of it.
    if (!WebAssembly.validate(await host.load(chain.module))) continue;
    const run = await (threaded ? wasmThreadsVariant : wasmVariant)(
      host,
      {
        url: chain.module,
        export: chain.export,
        layout: (region) => {
          const out = region.f32((chain.outBytes / 4) * threads);
          out.view().fill(1);
          return { args: [out.ptr, ROUNDS], out };
        },
      },
      undefined,
    );
    rates[name] = (chain.ops * ROUNDS * threads) / (await bestNs(run, 15));
    run.dispose();
  }
  return { rates, bandwidth: host.simd ? await cpuBandwidth(host, threaded) : {} };
}

async function jsPeak(host: Host, threaded: boolean): Promise<number> {
  const rounds = ROUNDS / 16;
  const threads = threaded ? host.threads : 1;
  if (!threaded) {
    const part = await jsChains({ rounds, out: new Float64Array(1) });
    const run = { run: () => part(0, 1) };
    return (JS_OPS * rounds) / (await bestNs(run, 15));
  }
  const task = await (await host.pool()).task({
    module: JS_MODULE,
    make: 'jsChains',
    data: { rounds, out: new Float64Array(new SharedArrayBuffer(8 * threads)) },
  });
  const rate = (JS_OPS * rounds * threads) / (await bestNs(task, 15));
  task.dispose();
  return rate;
}

/** All sets are parts of one that was written first: pages never written are one page of zeros, and read at a false speed. */
async function cpuBandwidth(host: Host, threaded: boolean): Promise<Peaks['bandwidth']> {
  const threads = threaded ? host.threads : 1;
  const region = host.arena(threaded).open();
  const data = region.i32(CPU_SETS.at(-1)! / 4);
  data.view().fill(1);
  const bandwidth: Partial<Record<Access, Point[]>> = {};
  for (const access of ACCESSES) {
    bandwidth[access] = [];
    for (const bytes of CPU_SETS) {
      const repeats = Math.max(1, Math.round((16 << 20) / bytes));
      const stream = await (threaded ? wasmThreadsVariant : wasmVariant)(
        host,
        {
          url: PLAIN,
          export: access,
          layout: (inner) => {
            const out = inner.f32(4 * threads);
            return { args: [data.ptr, out.ptr, bytes, repeats], out };
          },
        },
        undefined,
      );
      bandwidth[access].push({ bytes, gbps: (bytes * repeats) / (await bestNs(stream, 6)) });
      stream.dispose();
    }
  }
  region.close();
  return bandwidth;
}
