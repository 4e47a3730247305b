/** The figures that the exhibits name, and the accuracy of the others on a grid that no case has. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProcessHost, type ProcessHost } from '../../harness/runtimes/process-host.ts';
import { ulp32 } from '../lib/compare.ts';
import { expInline } from '../lib/exp.ts';
import { expClamped } from './clamped.ts';
import { expPade, pade22 } from './pade.ts';
import { expPower256 } from './power256.ts';
import { expReference } from './reference.ts';
import { simd } from './simd.ts';
import { expTable } from './table.ts';

type Loop = (x: Float32Array, out: Float32Array) => void;
function at(loop: Loop, ...values: number[]): number[] {
  const out = new Float32Array(values.length);
  loop(Float32Array.from(values), out);
  return Array.from(out);
}

describe('clamped', () => {
  it('makes a denormal of everything below −88: 6.05e-39, of −Infinity too', () => {
    const [lowest, infinite] = at(expClamped, -88, -Infinity);
    expect(lowest! / 6.0546e-39).toBeCloseTo(1, 4);
    expect(lowest).toBeLessThan(2 ** -126);
    expect(infinite).toBe(lowest);
  });
  it('stops at 1.65e38 although float32 goes on to 3.4e38', () => {
    const [clamped, truth] = [at(expClamped, 88.7)[0]!, Math.exp(Math.fround(88.7))];
    expect(clamped / 1.6516e38).toBeCloseTo(1, 4);
    expect(truth).toBeLessThan(3.4028e38);
    expect(truth / clamped).toBeGreaterThan(2);
  });
});

describe('power256', () => {
  it('is 4.8 % low at −5, 18 % low at −10, and at most 12.2 % low on [−8, 8]', () => {
    const [five, ten] = at(expPower256, -5, -10);
    expect(five! / Math.exp(-5) - 1).toBeCloseTo(-0.0482, 3);
    expect(ten! / Math.exp(-10) - 1).toBeCloseTo(-0.182, 3);
    for (let x = -8; x <= 8; x += 1 / 64) {
      const error = at(expPower256, x)[0]! / Math.exp(x) - 1;
      expect(error, `x = ${x}`).toBeLessThan(1e-5);
      expect(error, `x = ${x}`).toBeGreaterThan(-0.122);
    }
  });
  it('rises again below −512: 7e32 at −600, and Infinity at the −1e9 of a mask', () => {
    const [before, after, masked] = at(expPower256, -512, -600, -1e9);
    expect(before).toBe(1);
    expect(after! / 7.1e32).toBeCloseTo(1, 1);
    expect(masked).toBe(Infinity);
  });
});

describe('pade', () => {
  it('is within 0.2 % on [−1, 1]', () => {
    for (let x = -1; x <= 1; x += 1 / 64) {
      expect(Math.abs(at(expPade, x)[0]! / Math.exp(x) - 1), `x = ${x}`).toBeLessThan(0.002);
    }
  });
  it('is 5.6 % high at −2, 0.1045 at −5, 0.302 at −10 and 0.873 at −88', () => {
    const [two, five, ten, far] = at(expPade, -2, -5, -10, -88);
    expect(two! / Math.exp(-2) - 1).toBeCloseTo(0.056, 3);
    expect(five).toBeCloseTo(0.1045, 4);
    expect(ten).toBeCloseTo(0.302, 3);
    expect(far).toBeCloseTo(0.873, 3);
  });
  it('is lowest, 0.0718, at −√12 and rises on either side: an order of scores is not kept', () => {
    const lowest = -Math.sqrt(12);
    expect(pade22(lowest)).toBeCloseTo(0.0718, 4);
    for (let x = lowest - 60; x < lowest - 0.25; x += 0.25)
      expect(pade22(x)).toBeGreaterThan(pade22(x + 0.125));
  });
});

describe('from underflow to overflow, in steps of 2^-10', () => {
  const GRID = Float32Array.from({ length: 193 * 1024 }, (_, i) => i / 1024 - 104);
  const TRUTH = expReference(GRID).values;
  const worst = (out: ArrayLike<number>) =>
    TRUTH.reduce((most, v, i) => {
      const error = v === out[i] ? 0 : Math.abs(out[i]! - v) / ulp32(v);
      return error <= most ? most : error;
    }, 0);
  const N = GRID.length;

  let host: ProcessHost;
  beforeAll(async () => {
    host = await createProcessHost();
  });
  afterAll(() => host.close());

  it('table: below 0.501 ULP', () => {
    const out = new Float32Array(N);
    expTable(GRID, out);
    expect(worst(out)).toBeLessThan(0.501);
  });
  it('polynomial: below 0.56 ULP', () => {
    expect(worst(Float32Array.from(GRID, expInline))).toBeLessThan(0.56);
  });
  it('simd: below 0.95 ULP', async () => {
    const prepared = await simd.prepare(GRID, { N }, host);
    prepared.run();
    expect(worst(await prepared.read())).toBeLessThan(0.95);
    prepared.dispose();
  });
});
