import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProcessHost, type ProcessHost } from '../../harness/runtimes/process-host.ts';
import { erfc as erfcCody } from './erfc.ts';
import { geluPade } from './pade.ts';
import { erfc, geluReference } from './reference.ts';
import { geluSigmoid } from './sigmoid.ts';
import { simd } from './simd.ts';
import { geluTable } from './table.ts';
import { geluTanh } from './tanh.ts';

/** [−12, 12] in steps of 1e-4. */
const GRID = Float32Array.from({ length: 240_001 }, (_, i) => (i - 120_000) * 1e-4);
const N = GRID.length;
const TRUTH = geluReference(GRID, { N }).values;

/** Largest |out − truth| / |scale| where `within` holds, and its x. */
function worst(out: ArrayLike<number>, within = (_x: number) => true, scale = (_x: number) => 1) {
  let value = 0;
  let at = 0;
  for (let i = 0; i < N; i++) {
    const x = GRID[i]!;
    if (!within(x)) continue;
    const error = Math.abs(out[i]! - TRUTH[i]!) / scale(x);
    if (!(error <= value)) {
      value = error;
      at = x;
    }
  }
  return { value, x: at };
}

/** Computed with mpmath 1.3 at 40 digits, rounded to float64. */
const ERFC = [
  [-1, 1.8427007929497148],
  [-0.3, 1.3286267594591274],
  [0, 1],
  [0.1, 0.8875370839817152],
  [0.5, 0.4795001221869535],
  [1, 0.15729920705028513],
  [1.5, 0.033894853524689274],
  [2, 0.004677734981047266],
  [3, 2.209049699858544e-5],
  [5, 1.537459794428035e-12],
  [10, 2.088487583762545e-45],
] as const;

describe('gelu reference', () => {
  it('has an erfc that gives the 10 digits of Abramowitz & Stegun (1964), table 7.1', () => {
    for (const [z, erf] of [
      [0.5, 0.5204998778],
      [1, 0.8427007929],
      [1.5, 0.9661051465],
      [2, 0.995322265],
    ] as const)
      expect(Math.abs(1 - erfc(z) - erf), `erf(${z})`).toBeLessThan(1e-10);
  });

  it('has an erfc with a relative error below 1e-14 at values of 16 digits', () => {
    for (const [z, value] of ERFC) expect(Math.abs(erfc(z) / value - 1), `erfc(${z})`).toBeLessThan(1e-14);
  });

  it("has an erfc within 2e-13 of Cody's, which is within 1e-14 of those values", () => {
    for (const [z, value] of ERFC)
      expect(Math.abs(erfcCody(z) / value - 1), `erfc(${z})`).toBeLessThan(1e-14);
    for (let z = -6; z < 26; z += 0.0137)
      expect(Math.abs(erfcCody(z) / erfc(z) - 1), `erfc(${z})`).toBeLessThan(2e-13);
  });

  it('gives 0, Infinity and NaN for −Infinity, Infinity and NaN', () => {
    const { values } = geluReference(Float32Array.of(-Infinity, Infinity, Number.NaN), { N: 3 });
    expect([...values]).toEqual([0, Infinity, Number.NaN]);
  });
});

describe('gelu approximations: largest error on [−12, 12]', () => {
  const cases = [
    { name: 'tanh', loop: geluTanh, error: 4.7335e-4, within: 2e-7, at: 2.6997 },
    { name: 'sigmoid', loop: geluSigmoid, error: 0.020335, within: 1e-6, at: 2.2702 },
    { name: 'pade', loop: geluPade, error: 0.021741, within: 1e-6, at: 1.9637 },
  ];
  for (const { name, loop, error, within, at } of cases) {
    it(`${name}: ${error} ± ${within}, at |x| = ${at} ± 0.003`, () => {
      const out = new Float32Array(N);
      loop(GRID, out);
      const { value, x } = worst(out);
      expect(Math.abs(value - error)).toBeLessThan(within);
      expect(Math.abs(Math.abs(x) - at)).toBeLessThan(0.003);
    });
  }

  it('table: 1.522e-6 ± 1e-8, within 0.05 of 0', () => {
    const out = new Float32Array(N);
    geluTable(GRID, out);
    const { value, x } = worst(out);
    expect(Math.abs(value - 1.522e-6)).toBeLessThan(1e-8);
    expect(Math.abs(x)).toBeLessThan(0.05);
  });
});

describe('gelu/simd', () => {
  let host: ProcessHost;
  let out: ArrayLike<number>;
  beforeAll(async () => {
    host = await createProcessHost();
    const prepared = await simd.prepare(GRID, { N }, host);
    prepared.run();
    out = await prepared.read();
    prepared.dispose();
  });
  afterAll(() => host.close());

  it('has an absolute error of Φ below 1.75e-7, and below 3e-8 from x = −3 down', () => {
    expect(worst(out, (x) => x !== 0, Math.abs).value).toBeLessThan(1.75e-7);
    expect(worst(out, (x) => x <= -3, Math.abs).value).toBeLessThan(3e-8);
  });

  it('is 0 below −5.6, x above 5.6, and never positive for x < 0', () => {
    for (let i = 0; i < N; i++) {
      const x = GRID[i]!;
      if (x < 0 && !(out[i]! <= 0)) expect.fail(`gelu(${x}) = ${out[i]}`);
      if (x < -5.6 && out[i] !== 0) expect.fail(`gelu(${x}) = ${out[i]}`);
      if (x > 5.6 && out[i] !== x) expect.fail(`gelu(${x}) = ${out[i]}`);
    }
  });
});
