import { expect, it } from 'vitest';
import { fixtureRecords } from './fixture.ts';
import { isRanked, toRows } from './rows.ts';
import { bencher, githubActionBenchmark } from './trackers.ts';

const rows = toRows([...fixtureRecords(), ...fixtureRecords({ runtime: 'chromium' })]);
const ranked = rows.filter(isRanked);
const simd = rows.find(({ id, runtime }) => id === 'matmul/simd@M=384,N=384,K=384' && runtime === 'node')!;

it('github-action-benchmark gets a time and bytes for each right cell, under names that are not used twice', () => {
  const entries = JSON.parse(githubActionBenchmark(rows)) as { name: string; unit: string; value: number }[];
  expect(entries.filter(({ unit }) => unit === 'ns').length).toBe(ranked.length);
  expect(new Set(entries.map(({ name }) => name)).size).toBe(entries.length);
  expect(entries.find(({ name }) => name === simd.id)).toMatchObject({ unit: 'ns', value: simd.medianNs });
  expect(entries.find(({ name }) => name === `${simd.id} memory`)).toMatchObject({
    unit: 'B',
    value: simd.heapBytes! + simd.externalBytes!,
  });
  expect(entries.some(({ name }) => name === `${simd.id} in chromium`)).toBe(true);
});

it('Bencher gets latency and throughput with their intervals', () => {
  const metrics = JSON.parse(bencher(rows)) as Record<string, Record<string, Record<string, number>>>;
  expect(Object.keys(metrics).length).toBe(ranked.length);
  const { latency, throughput } = metrics[simd.id]!;
  expect(latency).toEqual({ value: simd.medianNs, lower_value: simd.lowNs, upper_value: simd.highNs });
  expect(throughput!.value).toBeCloseTo(1e9 / simd.medianNs!, 6);
  expect(throughput!.lower_value).toBeLessThanOrEqual(throughput!.upper_value!);
});
