/** The peaks of a machine as text. */
import type { HostInfo } from '../harness/record.ts';
import { type Caches, levelOf, levelsOf } from '../harness/roofline/levels.ts';
import {
  ACCESSES,
  type Access,
  PEAKS,
  type PeakName,
  type PeakSet,
  type Peaks,
  type Resource,
} from '../harness/roofline/peaks.ts';
import { digits } from './format.ts';
import { plainTable } from './text.ts';

const MEANING: Record<PeakName, string> = {
  js: 'JavaScript, scalar float64 a * h + h',
  'mul+add': 'WASM f32x4 mul, add',
  fma: 'WASM f32x4 relaxed_madd',
  'fma 256': 'the same, joined to 256 bits by V8',
  'fma f64': 'WASM f64x2 relaxed_madd',
  'dot i16': 'WASM exact dot_i16x8, added up',
  'dot i16 256': 'the same, joined to 256 bits by V8',
  'dot i8': 'WASM relaxed dot of int8, added up; WebGPU dot4I8Packed',
  'dot i8 256': 'the same, joined to 256 bits by V8',
  f32: 'WebGPU vec4f a * h + h',
  f16: 'WebGPU vec4h a * h + h',
};

/** Every arithmetic peak, and bandwidth by level, access and threads. Ends with a newline. */
export function peaksText(peaks: PeakSet, host: Pick<HostInfo, 'threads' | 'caches'>): string {
  const resources = (['single', 'threads', 'webgpu'] as const).filter((resource) => peaks[resource]);
  const title: Record<Resource, string> = {
    single: '1 thread',
    threads: `${host.threads} threads`,
    webgpu: 'WebGPU',
  };
  const rates = plainTable(
    ['G operations/s', ...resources.map((resource) => title[resource]), 'measured with'],
    PEAKS.filter((name) => resources.some((resource) => peaks[resource]!.rates[name] !== undefined)).map(
      (name) => [name, ...resources.map((resource) => shown(peaks[resource]!.rates[name])), MEANING[name]],
    ),
  );
  const columns = resources.flatMap((resource) =>
    ACCESSES.filter((access) => peaks[resource]!.bandwidth[access]).map((access) => ({ resource, access })),
  );
  const sizes = [
    ...new Set(
      columns.flatMap(({ resource, access }) => points(peaks[resource]!, access).map((p) => p.bytes)),
    ),
  ].sort((a, b) => a - b);
  const bandwidth = plainTable(
    ['GB/s', ...columns.map(({ resource, access }) => `${access}, ${title[resource]}`), 'lies in'],
    sizes.map((bytes) => [
      size(bytes),
      ...columns.map(({ resource, access }) =>
        shown(points(peaks[resource]!, access).find((point) => point.bytes === bytes)?.gbps),
      ),
      lies(peaks, host.caches, bytes, host.threads),
    ]),
  );
  return `${rates}\n\n${bandwidth}\n`;
}

const points = (peaks: Peaks, access: Access) => peaks.bandwidth[access] ?? [];
const shown = (rate: number | undefined): string => (rate === undefined ? '' : digits(rate));

/** `L2`, or `memory; L3 on 2 threads` where more threads have more cache. */
function lies(peaks: PeakSet, caches: Caches | undefined, bytes: number, threads: number): string {
  const level = (resource: 'single' | 'threads', n: number) =>
    peaks[resource] && levelOf(levelsOf(caches, points(peaks[resource], 'read'), n), bytes);
  const [one, all] = [level('single', 1), level('threads', threads)];
  return one === undefined || all === undefined || one === all
    ? (one ?? all ?? '')
    : `${one}; ${all} on ${threads} threads`;
}

/** `512 KiB` */
export function size(bytes: number): string {
  return bytes >= 2 ** 20 ? `${bytes / 2 ** 20} MiB` : `${bytes / 2 ** 10} KiB`;
}
