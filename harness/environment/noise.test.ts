import { describe, expect, it } from 'vitest';
import { sampleRecords } from '../../ci/records.fixture.ts';
import type { HostInfo } from '../record.ts';
import { disturbance, noiseBetween, noisyReason, type Snapshot } from './noise.ts';

const start: Snapshot = { at: 10, own: 1, cpu: { busy: 100, stolen: 5 }, throttled: 2, spinNs: 1 };
const end: Snapshot = { at: 12, own: 2.9, cpu: { busy: 103, stolen: 6 }, throttled: 2.5, spinNs: 1.1 };

describe('the noise of a cell', () => {
  it('is what others used, what was stolen of what was wanted, and how the clock changed', () => {
    const noise = noiseBetween(start, end, 1.5);
    expect(noise.otherCores).toBeCloseTo((3 - 1.9) / 2);
    expect(noise.steal).toBeCloseTo(1 / 4);
    expect(noise.throttled).toBeCloseTo(0.25);
    expect(noise.clockDrift).toBeCloseTo(0.1);
    expect(noise.load1).toBe(1.5);
  });

  it('says nothing of what the system does not tell', () => {
    const bare = { at: 10, own: 1, spinNs: 1 };
    expect(noiseBetween(bare, { ...bare, at: 12 })).toEqual({ spinNs: 1, clockDrift: 0 });
  });

  it('is never negative where ticks are coarser than the cell', () => {
    const noise = noiseBetween(start, { ...end, own: 9 });
    expect(noise.otherCores).toBe(0);
  });
});

describe('a cell is marked noisy', () => {
  it('above 5 % of steal, 1 % of throttling, 5 % of change of the clock, and not below', () => {
    expect(
      noisyReason({ steal: 0.04, throttled: 0.005, clockDrift: -0.04, clockChange: 0.04 }, 2, 1),
    ).toBeUndefined();
    expect(noisyReason({ steal: 0.12 }, 2, 1)).toBe('the hypervisor stole 12 % of the CPU time');
    expect(noisyReason({ throttled: 0.02 }, 2, 1)).toMatch(/quota was spent for 2 %/);
    expect(noisyReason({ clockDrift: 0.07 }, 2, 1)).toBe('the clock became 7 % slower during it');
    expect(noisyReason({ clockChange: -0.07 }, 2, 1)).toMatch(/7 % faster than at the start/);
  });

  it('when others use more than half of the cores that it leaves free, or a tenth of all where it leaves none', () => {
    expect(noisyReason({ otherCores: 0.45 }, 2, 1)).toBeUndefined();
    expect(noisyReason({ otherCores: 0.55 }, 2, 1)).toBe('other processes kept 0.6 of 2 cores busy');
    expect(noisyReason({ otherCores: 0.55 }, 16, 1)).toBeUndefined();
    expect(noisyReason({ otherCores: 0.15 }, 2, 2)).toBeUndefined();
    expect(noisyReason({ otherCores: 0.25 }, 2, 2)).toBeDefined();
  });

  it('by the load only where nothing better is known', () => {
    expect(noisyReason({ load1: 4 }, 2, 1)).toBe('load 4.0');
    expect(noisyReason({ load1: 4, otherCores: 0 }, 2, 1)).toBeUndefined();
  });
});

describe('in a record', () => {
  const host = (noise: Record<string, number>): HostInfo => ({ ...sampleRecords('a/b@N=1')[0]!.host, noise });

  it('stands the change of the clock since the start of the run', () => {
    const { host: recorded, noisy } = disturbance(host({ spinNs: 1.2 }), host({ spinNs: 1 }), false);
    expect(recorded.noise!.clockChange).toBeCloseTo(0.2);
    expect(noisy).toMatch(/20 % slower than at the start/);
  });

  it('stands nothing of the probe where the process died', () => {
    const probe = host({ spinNs: 1 });
    expect(disturbance({ ...probe }, probe, false).host.noise).not.toHaveProperty('spinNs');
  });
});
