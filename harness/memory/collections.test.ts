/** Collections with Node's default heap, by what must hold whatever the machine: counts, not times. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../root.ts';
import { nodeBinary } from '../runtimes/process.ts';
import { LOADER } from '../typescript.ts';
import type { Collections } from './collections.ts';

const script = `
  const { countCollections } = await import(${JSON.stringify(join(ROOT, 'harness/memory/collections.ts'))});
  const kept = {};
  const count = (run, callNs, before = () => {}) =>
    countCollections(async () => { before(); return { run, read: () => [], dispose() {} }; }, callNs);
  console.log(JSON.stringify({
    nothing: await count(() => {}, 1),
    held: await count(() => {}, 1, () => { kept.held = new Float64Array(1e6); }),
    added: await count(() => { kept.added ??= new Float64Array(1e6); }, 1, () => { kept.before = new Float64Array(1e6); }),
    small: await count(() => { for (let i = 0; i < 20000; i++) kept.value = { a: 1, b: 2, c: 3 }; }, 1e5),
    buffers: await count(() => { kept.value = new ArrayBuffer(10e6); }, 1e6),
  }));
`;

describe('collections of 1000 calls with the default heap', () => {
  const result = JSON.parse(
    execFileSync(nodeBinary(), [...LOADER, '--input-type=module', '-e', script], { encoding: 'utf8' }),
  ) as Record<string, Collections>;

  it('are none where nothing is allocated', () => {
    expect(result.nothing).toMatchObject({ gcMinor: 0, gcMajor: 0, gcMs: 0 });
  });

  it('are 30 to 1000 of the young generation where 960 MB of small objects die in one of at most 32 MiB', () => {
    expect(result.small!.gcMinor).toBeGreaterThanOrEqual(30);
    expect(result.small!.gcMinor).toBeLessThan(1000);
    expect(result.small!.gcMs).toBeGreaterThan(0);
  });

  it('are some of the whole heap where 10 GB of buffers die outside it', () => {
    expect(result.buffers!.gcMajor).toBeGreaterThan(0);
  });

  it('leave a peak of what is held, within 5 % for 8 MB of buffers', () => {
    expect(Math.abs(result.held!.peakBytes - 8e6)).toBeLessThan(0.05 * 8e6);
    expect(result.nothing!.peakBytes).toBeLessThan(0.05 * 8e6);
    expect(Math.abs(result.held!.addedBytes)).toBeLessThan(0.05 * 8e6);
  });

  it('leave what calls add to what was there before them, within 5 % for 8 MB beside 8 MB', () => {
    expect(Math.abs(result.added!.addedBytes - 8e6)).toBeLessThan(0.05 * 8e6);
    expect(Math.abs(result.added!.peakBytes - 16e6)).toBeLessThan(0.05 * 16e6);
  });
});
