/** What decides speed and is no part of the code that is measured. Records that differ in it are not pooled. */
import type { HostInfo } from '../record.ts';

export interface Trait {
  readonly what: string;
  read(host: HostInfo): string;
  /** The value with its unit, for a label that stands alone. */
  label(host: HostInfo): string;
}

const trait = (what: string, read: Trait['read'], label = read): Trait => ({ what, read, label });
const UNKNOWN = 'unknown';

/** Of every cell. */
export const TRAITS: readonly Trait[] = [
  trait('processor', (host) => host.cpu),
  trait(
    'cores',
    (host) => (host.cpuQuota === undefined ? String(host.cores) : `${host.cpuQuota} of ${host.cores}`),
    (host) => `${host.cpuQuota ?? host.cores} cores`,
  ),
  trait(
    'runtime',
    (host) => `${host.runtime} ${host.version} (${host.engine} ${host.engineVersion})`,
    (host) => host.version,
  ),
  trait(
    'threads',
    (host) => String(host.threads),
    (host) => `${host.threads} threads`,
  ),
  trait('flags', (host) => host.flags.join(' ') || 'none'),
  trait('operating system', (host) => [host.os, host.kernel].filter(Boolean).join(', ') || UNKNOWN),
];

/** Of WebGPU cells only: the others do not care for it. */
export const GPU_TRAIT: Trait = trait('GPU adapter', ({ gpuAdapter, gpuDriver }) => {
  if (gpuAdapter === undefined) return 'none';
  // Some engines name the driver with the adapter.
  return gpuDriver === undefined || gpuAdapter.includes(gpuDriver)
    ? gpuAdapter
    : `${gpuAdapter} ${gpuDriver}`;
});

/** Equal for records that may be pooled or compared without a word. */
export function environmentOf(host: HostInfo): string {
  return JSON.stringify(TRAITS.map((t) => t.read(host)));
}

/** What tells hosts of one runtime apart: `threads (2 and 4)`; empty for one environment. */
export function mixed(hosts: readonly HostInfo[]): string[] {
  return [...byRuntime(hosts).values()].flatMap((own) =>
    TRAITS.flatMap(({ what, read }) => {
      const values = [...new Set(own.map(read))];
      return values.length > 1 ? [`${what} (${values.join(' and ')})`] : [];
    }),
  );
}

function byRuntime(hosts: readonly HostInfo[]): Map<string, HostInfo[]> {
  const groups = new Map<string, HostInfo[]>();
  for (const host of hosts) {
    const known = groups.get(host.runtime);
    if (known) known.push(host);
    else groups.set(host.runtime, [host]);
  }
  return groups;
}

/**
 * A name for each environment: the runtime's, and where several share that, what tells them apart: `node, 4 threads`. For
 * tables, whose lines of different environments stay apart by it.
 */
export function environmentNames(hosts: readonly HostInfo[]): (host: HostInfo) => string {
  const telling = new Map(
    [...byRuntime(hosts)].map(([runtime, own]) => [
      runtime,
      TRAITS.filter((t) => new Set(own.map((host) => t.read(host))).size > 1),
    ]),
  );
  return (host) => [host.runtime, ...(telling.get(host.runtime) ?? []).map((t) => t.label(host))].join(', ');
}
