import { describe, expect, it } from 'vitest';
import { sampleRecords } from '../../ci/records.fixture.ts';
import type { HostInfo } from '../record.ts';
import { mergeReplicates } from '../stats/replicates.ts';
import { environmentNames, environmentOf, mixed } from './traits.ts';

const host = (change: Partial<HostInfo> = {}): HostInfo =>
  sampleRecords('a/b@N=1', { host: change })[0]!.host;

const OTHERS: readonly Partial<HostInfo>[] = [
  { cpu: 'Another CPU' },
  { cores: 4 },
  { cpuQuota: 1.5 },
  { version: '22.1.0' },
  { engineVersion: '12.4' },
  { threads: 4 },
  { flags: ['--no-opt'] },
  { os: 'Debian GNU/Linux 13 (trixie)' },
  { kernel: 'Linux 6.12' },
];

describe('records of different environments', () => {
  it.each(OTHERS)('are not merged into one cell: %o', (change) => {
    const here = sampleRecords('gelu/simd@N=8');
    const there = sampleRecords('gelu/simd@N=8', { host: change });
    expect(mergeReplicates([...here, ...there]).map(({ time }) => time!.processes)).toEqual([3, 3]);
  });

  it('are those of one, whatever the commit and the noise', () => {
    const other = host({ commit: 'abc', dirty: true, noise: { load1: 3 }, memoryBytes: 1 });
    expect(environmentOf(other)).toBe(environmentOf(host()));
  });

  it('have names that say what tells them apart, and nothing where nothing does', () => {
    const hosts = [host(), host({ threads: 4 }), host({ runtime: 'chromium' })];
    expect(hosts.map(environmentNames(hosts))).toEqual(['node, 2 threads', 'node, 4 threads', 'chromium']);
    expect(environmentNames([host()])(host())).toBe('node');
  });

  it('are named by what they differ in, within a runtime', () => {
    expect(mixed([host(), host({ threads: 4 }), host({ runtime: 'bun', threads: 8 })])).toEqual([
      'threads (2 and 4)',
    ]);
    expect(mixed([host(), host()])).toEqual([]);
  });

  it('of WebGPU are not merged across adapters and drivers', () => {
    const on = (gpuAdapter: string, gpuDriver?: string) =>
      sampleRecords('gelu/gpu@N=8', {
        backend: 'webgpu',
        host: { gpuAdapter, ...(gpuDriver ? { gpuDriver } : {}) },
      });
    expect(mergeReplicates([...on('A', '1.0'), ...on('A', '1.1')]).length).toBe(2);
    expect(mergeReplicates([...on('A 1.0', '1.0'), ...on('A 1.0')]).length).toBe(1);
    expect(mergeReplicates([...on('A'), ...on('B')]).length).toBe(2);
    expect(mergeReplicates([...on('A'), ...on('A')]).length).toBe(1);
  });
});

it('a cell is as noisy as its processes: how many, and what disturbed the first', () => {
  const [first, ...rest] = sampleRecords('gelu/simd@N=8');
  const noisy = { ...first!, noisy: 'load 4.0' };
  expect(mergeReplicates([...rest, noisy])[0]!.noisy).toBe('1 of 3 processes: load 4.0');
});
