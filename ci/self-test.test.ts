/** The figures of the gate's self-test, on pairs that are drawn: what is measured is left to `zoo gate --self-test`. */
import { describe, expect, it } from 'vitest';
import type { PairedCell } from '../harness/pairs.ts';
import { GATE_CELLS, gateKernel, REPEATED } from '../harness/self/gate-cells.ts';
import { rng } from '../kernels/lib/rng.ts';
import { isMet, judgeMeasured, type Measured, noiseOf, simulated } from './self-test.ts';

describe('simulated', () => {
  const figures = simulated(200, () => {});

  it('meets its goals', () => {
    expect(figures.filter((figure) => !isMet(figure))).toEqual([]);
    expect(figures.filter(({ goal }) => goal).length).toBe(13);
  });

  it('is the same each time', () => expect(simulated(200, () => {})).toEqual(figures));
});

/** @param tilt factor on what the candidate takes, for every cell */
function drawn(tilt = 1): Measured {
  const random = rng('measured');
  const cells = GATE_CELLS.map(({ id, more }) => {
    const [, variant] = /\/(.*)@/.exec(id)!;
    const logRatios = Array.from(
      { length: 67 },
      () => Math.log(tilt * (1 + more / 100)) + 0.014 * random.normal(),
    );
    return { cell: { id, variant }, runtime: 'node', logRatios } as unknown as PairedCell;
  });
  return { rounds: 67, secondsPerPair: 3, cells, notes: [] };
}

describe('measured', () => {
  it('reads what was put in, and the spread', () => {
    for (const { more, change, spread } of noiseOf(drawn())) {
      expect(Math.abs(Math.exp(change.mean) - 1 - more / 100)).toBeLessThan(0.006);
      expect(spread).toBeGreaterThan(0.01);
      expect(spread).toBeLessThan(0.018);
    }
  });

  it('cuts three suites of a minute out of 67 pairs of three seconds, and finds 5 and 10 % in each of four cells', () => {
    const figures = judgeMeasured(drawn(), 200);
    const share = (start: string) => figures.find(({ what }) => what.startsWith(start))!.share;
    expect(share('nothing changed')).toEqual({ hits: 0, of: 3 });
    expect(share('10 %')).toEqual({ hits: 12, of: 12 });
    expect(share('5 %').of).toBe(12);
    expect(figures.every((figure) => !figure.reversed)).toBe(true);
    expect(figures.filter(({ noise }) => noise === 'drawn from measured').every(isMet)).toBe(true);
  });

  it('alarms where the two sides differ though the code does not, and where a slowdown is called faster', () => {
    const figures = judgeMeasured(drawn(0.8), 50);
    expect(figures[0]).toMatchObject({ share: { hits: 3, of: 3 } });
    expect(figures.filter((figure) => !isMet(figure)).length).toBeGreaterThan(2);
    expect(figures.some(({ reversed = 0 }) => reversed > 0)).toBe(true);
  });
});

it('the candidate repeats exactly the share of its calls that the case states beyond what the base does', async () => {
  for (const side of ['base', 'candidate'] as const) {
    const kernel = gateKernel(side);
    const variant = kernel.variants.find(({ name }) => name === 'gelu-js')!;
    for (const more of ['0', '3', '5', '10']) {
      const shape = { of: 'gelu-js', more };
      const input = kernel.inputs(shape, rng('input'), undefined as never) as Float32Array;
      // Reads of the input's first element are calls of the work.
      let calls = 0;
      const watched = new Proxy(input, {
        get(target, key) {
          if (key === '0') calls++;
          const value = Reflect.get(target, key, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
      const prepared = await variant.prepare(watched, shape, undefined as never);
      calls = 0;
      for (let i = 0; i < 1000; i++) prepared.run();
      const perCall = (1 + REPEATED) * (1 + (side === 'candidate' ? Number(more) / 100 : 0));
      expect(Math.abs(calls - 1000 * perCall), `${side} ${more}`).toBeLessThanOrEqual(1);
    }
  }
});
