import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProcessHost, type ProcessHost } from '../../harness/runtimes/process-host.ts';
import { ulp32 } from '../lib/compare.ts';
import { tanhRational } from './blocked.ts';
import { tanhPade } from './pade.ts';
import { tanhReference } from './reference.ts';
import { simd } from './simd.ts';

/** [−12, 12] in steps of 1e-4. */
const GRID = Float32Array.from({ length: 240_001 }, (_, i) => (i - 120_000) * 1e-4);
const TRUTH = tanhReference(GRID).values;

/** Largest value of `error` and the x where it is. */
function worst(x: Float32Array, error: (i: number) => number): { value: number; x: number } {
  let at = 0;
  for (let i = 1; i < x.length; i++) if (!(error(i) <= error(at))) at = i;
  return { value: error(at), x: x[at]! };
}

describe('tanh reference', () => {
  it('agrees with values of 16 digits to 1e-15', () => {
    // tanh(1): OEIS A073744; the others computed with mpmath 1.3 at 40 digits.
    const known = [
      [1e-10, 1e-10],
      [0.125, 0.1243530017715962],
      [0.5, 0.46211715726000974],
      [1, 0.7615941559557649],
      [3, 0.9950547536867305],
      [-3, -0.9950547536867305],
      [40, 1],
    ] as const;
    for (const [x, value] of known) {
      const got = tanhReference(Float32Array.of(x)).values[0]!;
      // The argument is rounded to float32: 1e-10 to 6e-8 of itself, the others exactly.
      const expected = x === 1e-10 ? Math.fround(x) : value;
      expect(Math.abs(got / expected - 1), `tanh(${x})`).toBeLessThan(1e-15);
    }
  });
});

describe('tanh/pade', () => {
  const out = new Float32Array(GRID.length);
  tanhPade(GRID, out);
  const error = (i: number) => Math.abs(out[i]! - TRUTH[i]!);

  it('has its largest error on [−12, 12], 0.02352 ± 1e-5, at |x| = 1.566 ± 0.002', () => {
    const { value, x } = worst(GRID, error);
    expect(Math.abs(value - 0.02352)).toBeLessThan(1e-5);
    expect(Math.abs(Math.abs(x) - 1.566)).toBeLessThan(0.002);
  });

  it('errs by more than the 0.001 that is claimed for it from |x| = 0.309 on, to |x| = 3.800', () => {
    const above = GRID.filter((x, i) => x > 0 && error(i) > 0.001);
    expect(above[0]).toBeCloseTo(0.309, 3);
    expect(above.at(-1)).toBeCloseTo(3.8, 3);
  });
});

describe('tanh/blocked', () => {
  const out = new Float32Array(GRID.length);
  tanhRational(GRID, out, 0, GRID.length);

  it('errs by at most 0.67 ULP on [−12, 12]', () => {
    expect(worst(GRID, (i) => Math.abs(out[i]! - TRUTH[i]!) / ulp32(TRUTH[i]!)).value).toBeLessThan(0.67);
  });

  it('never leaves [−1, 1] and is ±1 from |x| = 9.3 on', () => {
    expect(worst(GRID, (i) => Math.abs(out[i]!)).value).toBe(1);
    for (let i = 0; i < GRID.length; i++)
      if (Math.abs(GRID[i]!) > 9.3) expect(out[i]).toBe(Math.sign(GRID[i]!));
  });
});

describe('tanh/simd', () => {
  let host: ProcessHost;
  beforeAll(async () => {
    host = await createProcessHost();
  });
  afterAll(() => host.close());

  it('errs by at most 3.6 ULP, and never leaves [−1, 1] by more than one, on every 1009th float32 of [2^-13, 9.2]', async () => {
    const bits = (x: number) => new Uint32Array(Float32Array.of(x).buffer)[0]!;
    const first = bits(2 ** -13);
    const N = Math.floor((bits(9.2) - first) / 1009);
    const x = new Float32Array(Uint32Array.from({ length: N }, (_, i) => first + 1009 * i).buffer);
    const prepared = await simd.prepare(x, { N }, host);
    prepared.run();
    const out = await prepared.read();
    prepared.dispose();
    const truth = tanhReference(x).values;
    expect(worst(x, (i) => Math.abs(out[i]! - truth[i]!) / ulp32(truth[i]!)).value).toBeLessThan(3.6);
    expect(worst(x, (i) => out[i]!).value).toBeLessThanOrEqual(1 + 2 ** -23);
    expect(out.at(-1)).toBe(1);
  });
});
