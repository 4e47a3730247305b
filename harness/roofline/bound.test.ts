import { describe, expect, it } from 'vitest';
import { type BoundInput, boundOf, MARGIN, memoryPeak } from './bound.ts';
import { bestOf, type PeakSet, type Peaks } from './peaks.ts';

const KIB = 1024;
const single: Peaks = {
  rates: { js: 13, 'mul+add': 60, fma: 72, 'fma f64': 36, 'dot i16': 130, 'dot i8': 288 },
  bandwidth: {
    read: [
      { bytes: 32 * KIB, gbps: 140 },
      { bytes: 64 * KIB, gbps: 70 },
      // Measured in a quieter moment than the set before it.
      { bytes: 128 * KIB, gbps: 80 },
      { bytes: 65536 * KIB, gbps: 40 },
    ],
    copy: [{ bytes: 32 * KIB, gbps: 200 }],
  },
};
const peaks: PeakSet = { single };
const caches = { L1: 48 * KIB, L2: 1024 * KIB };

/** A cell that reaches a share of the fma peak on a working set that costs it nothing. */
const cell = (share: number, more: Partial<BoundInput> = {}): BoundInput => ({
  backend: 'wasm',
  ns: 1000,
  flops: 72_000 * share,
  bytes: 1000,
  threads: 2,
  caches,
  ...more,
});

describe('the bound of a cell', () => {
  it('is the larger fraction, of the arithmetic peak or of the bandwidth of its working set', () => {
    expect(boundOf(peaks, cell(0.5))).toMatchObject({
      bound: 'compute',
      fraction: 0.5,
      peak: 'fma',
      level: 'L1',
    });
    const streaming = cell(0.5, { bytes: 120 * KIB, ns: (120 * KIB) / 72, flops: 1000 });
    expect(boundOf(peaks, streaming)).toMatchObject({
      bound: 'memory',
      fraction: 0.9,
      peakGbps: 80,
      level: 'L2',
    });
  });

  it('follows the declared arithmetic', () => {
    const peakOf = (arithmetic: BoundInput['arithmetic']) =>
      boundOf(peaks, cell(0.1, { arithmetic }))?.peakGflops;
    expect((['f32', 'f64', 'i16', 'i8'] as const).map(peakOf)).toEqual([72, 36, 130, 288]);
  });

  it('gives JavaScript a second fraction: of what scalar code of the runtime can do', () => {
    const js = boundOf(peaks, cell(0.1, { backend: 'js' }))!;
    expect(js.fraction).toBeCloseTo(0.1);
    expect(js.runtimeFraction).toBeCloseTo(7.2 / 13);
    expect(boundOf(peaks, cell(0.1))).not.toHaveProperty('runtimeFraction');
  });

  it('is not given where no peak was measured', () => {
    expect(boundOf({}, cell(0.5))).toBeUndefined();
    expect(boundOf(peaks, cell(0.5, { backend: 'webgpu' }))).toBeUndefined();
    const ofFloats = { webgpu: { rates: { f32: 100 }, bandwidth: { read: [{ bytes: 1, gbps: 1 }] } } };
    expect(boundOf(ofFloats, cell(0.5, { backend: 'webgpu', arithmetic: 'f64' }))).toBeUndefined();
  });
});

describe('a fraction above 1', () => {
  it(`is noise of the peak up to ${MARGIN}, and said to be impossible above`, () => {
    expect(boundOf(peaks, cell(1.09))).not.toHaveProperty('impossible');
    expect(boundOf(peaks, cell(1.11))!.impossible).toMatch(
      /^1\.11 times the fma peak: it does fewer operations/,
    );
  });

  it('is said of bytes where memory binds', () => {
    const tooFast = cell(0.1, { bytes: 16 * KIB, ns: (16 * KIB) / 300, flops: 1 });
    expect(boundOf(peaks, tooFast)!.impossible).toMatch(
      /^1\.50 times the bandwidth of L1: it does fewer bytes/,
    );
  });

  it('is said where JavaScript does more than scalar code can, though it is below the SIMD peak', () => {
    expect(boundOf(peaks, cell(0.5, { backend: 'js' }))!.impossible).toMatch(/what scalar JavaScript can do/);
  });

  it('of threads is put down to the peak while n times one thread could have done it', () => {
    const held: PeakSet = { single, threads: { ...single, rates: { ...single.rates, fma: 70 } } };
    const threaded = (share: number) => boundOf(held, cell(share, { backend: 'wasm-threads' }))!.impossible;
    expect(threaded(1.9)).toMatch(/with 2 threads, which were held up/);
    expect(threaded(2.3)).toMatch(/it does fewer operations/);
  });

  it('of a working set that lies partly in the nearer cache is held against that', () => {
    // 40 KiB fit into L1; the next measured set is 64 KiB, in L2.
    expect(memoryPeak(single, 40 * KIB, 70)).toEqual({ bytes: 40 * KIB, gbps: 80 });
    // Within the noise of a peak.
    expect(memoryPeak(single, 40 * KIB, 87)).toEqual({ bytes: 40 * KIB, gbps: 80 });
    expect(memoryPeak(single, 40 * KIB, 120)).toEqual({ bytes: 32 * KIB, gbps: 200 });
  });
});

describe('two measurements of the peaks', () => {
  it('give the faster of each rate and size, and all that only one has', () => {
    const other: PeakSet = {
      single: { rates: { fma: 70, 'fma 256': 140 }, bandwidth: { read: [{ bytes: 64 * KIB, gbps: 90 }] } },
      threads: { rates: { fma: 140 }, bandwidth: {} },
    };
    const best = bestOf(peaks, other);
    expect(best.single!.rates).toEqual({ ...single.rates, 'fma 256': 140 });
    expect(best.single!.bandwidth.read!.map(({ gbps }) => gbps)).toEqual([140, 90, 80, 40]);
    expect(best.single!.bandwidth.copy).toEqual(single.bandwidth.copy);
    expect(best.threads!.rates).toEqual({ fma: 140 });
  });
});
