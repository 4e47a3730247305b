import { describe, expect, it } from 'vitest';
import { readGcTrace } from './trace-gc.ts';

const line = (ms: number, kind: string, cost: string, why: string) =>
  `[7:0x1]  ${ms} ms: ${kind} 3.2 (5.2) -> 2.2 (5.2) MB, pooled: 0.0 MB, ${cost} / 0.00 ms (average mu = 0.938, current mu = 0.938) ${why}; `;
const asked = (ms: number) => line(ms, 'Mark-Compact', '2.29', 'testing; GC in old space requested');

describe('readGcTrace', () => {
  it('counts what lies between the last two collections that were asked for', () => {
    const text = [
      asked(1),
      line(2, 'Scavenge', '9', 'allocation failure'),
      asked(3),
      line(4, 'Scavenge', '0.25', 'allocation failure'),
      line(5, 'Scavenge', '0.5', 'allocation failure'),
      line(6, 'Mark-Compact', '1.25', 'finalize incremental marking via stack guard'),
      asked(7),
      line(8, 'Scavenge', '9', 'allocation failure'),
    ].join('\n');
    expect(readGcTrace(text, 500)).toEqual({ gcMinor: 4, gcMajor: 2, gcMs: 4 });
  });

  it('knows a line that a print of the kernel has cut in two', () => {
    const cut = line(4, 'Scavenge', '0.25', 'allocation failure').replace(' ms: S', 'x\n ms: S');
    expect(readGcTrace([asked(3), cut, asked(7)].join('\n'), 1000)?.gcMinor).toBe(1);
  });

  it('tells nothing where the two are not there', () => {
    expect(readGcTrace('', 1)).toBeUndefined();
    expect(readGcTrace(asked(1), 1)).toBeUndefined();
  });
});
