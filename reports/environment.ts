/** Where the records come from: machines, engines and code. */
import { environmentNames, environmentOf } from '../harness/environment/traits.ts';
import type { HostInfo, ZooRecord } from '../harness/record.ts';
import { digits } from './format.ts';
import type { Section } from './page/data.ts';
import { groupBy } from './rows.ts';

type Property = readonly [name: string, value: (host: HostInfo) => string | undefined | 0];

const PROPERTIES: readonly Property[] = [
  ['runtime', (host) => `${host.runtime} ${host.version}`],
  ['engine', (host) => `${host.engine} ${host.engineVersion}`],
  ['processor', (host) => host.cpu],
  [
    'cores',
    (host) =>
      host.cpuQuota === undefined ? String(host.cores) : `${host.cores}, of them ${host.cpuQuota} usable`,
  ],
  [
    'caches',
    (host) =>
      host.caches &&
      Object.entries(host.caches)
        .map(([name, bytes]) => `${name} ${kib(bytes)}`)
        .join(', '),
  ],
  ['memory', (host) => host.memoryBytes && `${digits(host.memoryBytes / 2 ** 30)} GiB`],
  ['operating system', (host) => [host.os, host.kernel].filter(Boolean).join(', ') || undefined],
  ['threads', (host) => String(host.threads)],
  ['WASM SIMD', (host) => (host.simd ? (host.relaxedSimd ? 'yes, relaxed too' : 'yes, not relaxed') : 'no')],
  [
    'GPU adapter',
    (host) => host.gpuAdapter && `${host.gpuAdapter}${host.gpuIsSoftware ? ' (software)' : ''}`,
  ],
  ['GPU driver', (host) => host.gpuDriver],
  ['GPU features', (host) => host.gpuFeatures?.join(', ')],
  ['flags', (host) => (host.flags.length > 0 ? host.flags.join(' ') : undefined)],
  [
    'commit',
    (host) => host.commit && `${host.commit.slice(0, 12)}${host.dirty ? ', uncommitted changes' : ''}`,
  ],
];

function kib(bytes: number): string {
  return bytes >= 2 ** 20 ? `${digits(bytes / 2 ** 20)} MiB` : `${digits(bytes / 2 ** 10)} KiB`;
}

/** One column for each environment, by the name that it has in the tables; what differs between its processes stands side by side. */
export function environment(records: readonly ZooRecord[]): Section {
  const hosts = [...groupBy(records, ({ host }) => environmentOf(host)).values()];
  const nameOf = environmentNames(records.map(({ host }) => host));
  const line = (name: string, value: (group: readonly ZooRecord[]) => string) => ({
    cells: [{ text: name }, ...hosts.map((group) => ({ text: value(group) }))],
  });
  const distinct = (group: readonly ZooRecord[], value: Property[1]) =>
    [...new Set(group.flatMap(({ host }) => value(host) ?? []))].join('; ');
  const noises = [...new Set(records.flatMap(({ host }) => Object.keys(host.noise ?? {})))];
  const lines = [
    ...PROPERTIES.map(([name, value]) => line(name, (group) => distinct(group, value))),
    ...noises.map((key) =>
      line(`noise: ${key}`, (group) => range(group.flatMap(({ host }) => host.noise?.[key] ?? []))),
    ),
    line('measured', (group) => {
      const times = group.map((record) => record.at).sort();
      return `${times[0]} to ${times.at(-1)}`;
    }),
    line('records', (group) => String(group.length)),
  ];
  return {
    id: 'environment',
    title: 'Environment',
    blocks: [
      {
        type: 'table',
        title: 'Machine, engine and code',
        fixed: true,
        columns: [
          { title: '' },
          ...hosts.map((_, i) => ({
            title: hosts.length > 1 ? nameOf(hosts[i]![0]!.host) : 'host',
            wrap: true,
          })),
        ],
        rows: lines.filter(({ cells }) => cells.slice(1).some((cell) => cell.text !== '')),
      },
    ],
  };
}

function range(values: readonly number[]): string {
  if (values.length === 0) return '';
  const [low, high] = [digits(Math.min(...values)), digits(Math.max(...values))];
  return low === high ? low : `${low} to ${high}`;
}
