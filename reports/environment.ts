/** Where the records come from: machines, engines and code. */
import type { HostInfo, ZooRecord } from '../harness/record.ts';
import { digits } from './format.ts';
import type { Section } from './page/data.ts';
import { groupBy } from './rows.ts';

type Property = readonly [name: string, value: (host: HostInfo) => string | undefined];

const PROPERTIES: readonly Property[] = [
  ['runtime', (host) => `${host.runtime} ${host.version}`],
  ['engine', (host) => `${host.engine} ${host.engineVersion}`],
  ['processor', (host) => host.cpu],
  ['cores', (host) => String(host.cores)],
  ['threads', (host) => String(host.threads)],
  ['WASM SIMD', (host) => (host.simd ? (host.relaxedSimd ? 'yes, relaxed too' : 'yes, not relaxed') : 'no')],
  [
    'GPU adapter',
    (host) => host.gpuAdapter && `${host.gpuAdapter}${host.gpuIsSoftware ? ' (software)' : ''}`,
  ],
  ['flags', (host) => (host.flags.length > 0 ? host.flags.join(' ') : undefined)],
  [
    'commit',
    (host) => host.commit && `${host.commit.slice(0, 12)}${host.dirty ? ', uncommitted changes' : ''}`,
  ],
];

/** One column for each runtime on each machine; what differs between its processes stands side by side. */
export function environment(records: readonly ZooRecord[]): Section {
  const hosts = [
    ...groupBy(records, ({ host }) => JSON.stringify([host.runtime, host.version, host.cpu])).values(),
  ];
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
          ...hosts.map((_, i) => ({ title: hosts.length > 1 ? `host ${i + 1}` : 'host', wrap: true })),
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
