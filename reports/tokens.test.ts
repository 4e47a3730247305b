import { expect, it } from 'vitest';
import type { Row } from './rows.ts';
import { tokenBlocks, tokenTable } from './tokens.ts';

const row = (change: Partial<Row>): Row => ({
  ...{ id: '', subject: 'llama-latency', kind: 'pipeline', variant: 'simd', backend: 'wasm', case: 'A' },
  ...{ suite: 's', runtime: 'node', status: 'ok', verdict: 'ok', medianNs: 4e6, tokensPerCall: 4 },
  ...{ gflops: 20, peakGflops: 80, gbps: 15, peakGbps: 30, flops: 80e6, bytes: 60e6 },
  ...{ softwareGpu: false, softwareAsked: false },
  ...change,
});
const cells = (change: Partial<Row>): Record<string, string> => {
  const { head, lines } = tokenTable([row(change)]);
  return Object.fromEntries(head.map((title, i) => [title, lines[0]![i]!]));
};

it('divides what a call takes by its tokens, and holds its rates against both peaks', () => {
  expect(cells({})).toEqual({
    ...{ 'by the token': 'simd', FLOP: '20.0 M', bytes: '15.0 MB', 'of ops': '25 %', 'of bandwidth': '50 %' },
    '': 'A',
  });
});

it('says latencies, allocation, collections in 1000 tokens, the cache and its hits', () => {
  const latency = { firstTokenNs: 1.5e6, tokenP50Ns: 7e5, tokenP90Ns: 8e5, tokenP99Ns: 9e5 };
  const memory = { heapBytes: 300, externalBytes: 100, gcMinor: 6, gcMajor: 2 };
  expect(cells({ ...latency, ...memory, cacheBytes: 4096, hitRate: 0.966 })).toMatchObject({
    ...{ 'first token': '1.50 ms', p50: '700 µs', p90: '800 µs', p99: '900 µs' },
    ...{ allocated: '100 B', 'GC/1000': '2.00', cache: '4.10 kB', hits: '97 %' },
  });
});

it('shows no fraction that cannot be true, none of work left out, and none of a GPU that is software', () => {
  for (const change of [{ impossible: 'why' }, { gflops: 1e9 }, { softwareGpu: true }])
    expect(Object.keys(cells(change))).not.toContain('of ops');
});

it('has nothing to say of kernels and of what did not run', () => {
  for (const change of [{ tokensPerCall: undefined }, { status: 'failed' as const }]) {
    expect(tokenTable([row(change)]).lines).toEqual([]);
    expect(tokenBlocks([row(change)])).toEqual([]);
  }
});

it('gives compressors their bits a byte', () => {
  const { head, lines } = tokenTable([row({ tokensPerCall: undefined, bitsPerByte: 1.8437 })]);
  expect(lines[0]![head.indexOf('bits/byte')]).toBe('1.84');
  expect(head[0]).toBe('');
});
