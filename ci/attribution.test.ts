import { describe, expect, it } from 'vitest';
import { ROOT } from '../harness/root.ts';
import { type Explained, explain, explanation } from './attribution.ts';
import { placeOf } from './paired-profiles.ts';

const known = (name: string) => ({ name, isChanged: name === 'matvec' });

/** Pairs of profiles: what each function takes, µs, and what the candidate takes more; each pair is a little off. */
function pairsOf(base: Record<string, number>, more: Record<string, number>, noise = 0.1) {
  const names = [...new Set([...Object.keys(base), ...Object.keys(more)])];
  const off = (i: number, j: number) => noise * Math.sin(12.9898 * i + 78.233 * j);
  const times = (i: number, of: (name: string) => number) =>
    new Map(names.map((name, j) => [name, of(name) + off(i, j)]));
  return Array.from({ length: 5 }, (_, i) => ({
    base: times(2 * i, (name) => base[name] ?? 0),
    candidate: times(2 * i + 1, (name) => (base[name] ?? 0) + (more[name] ?? 0)),
  }));
}

const slower = (baseUs: number, us: number) => {
  const ratio = (baseUs + us) / baseUs;
  return { baseUs, ratio, low: ratio - 0.005, high: ratio + 0.004 };
};

describe('what a change is made of', () => {
  const more = pairsOf({ matvec: 80, attend: 15, rmsnorm: 5 }, { matvec: 8, attend: 0.1 });
  const matvec = { name: 'matvec', isChanged: true, us: expect.closeTo(8, 0), halfUs: expect.any(Number) };

  it('names the function that changed, and not those that only took long', () => {
    const { us, halfUs, parts } = explain(more, slower(100, 8.1), 'token', known);
    expect(us).toBeCloseTo(8.1);
    expect(halfUs).toBeCloseTo(0.5);
    expect(parts).toEqual([matvec]);
  });

  it('and no other where processes ran at different speeds, the base at half of it in two of five', () => {
    const scale = (times: ReadonlyMap<string, number>, by: number) =>
      new Map([...times].map(([name, time]) => [name, by * time]));
    const uneven = more.map(({ base, candidate }, i) => ({
      base: scale(base, i < 2 ? 2 : 1),
      candidate: scale(candidate, 1 + i / 5),
    }));
    expect(explain(uneven, slower(100, 8.1), 'token', known).parts).toEqual([matvec]);
  });

  it('a function by another name is one less and one more', () => {
    const pairs = pairsOf({ matvec: 20, attend: 5 }, { matvec: -20, product: 25 });
    expect(explain(pairs, slower(25, 5), 'token', known).parts.map(({ name }) => name)).toEqual([
      'product',
      'matvec',
    ]);
  });

  it('names nothing where the differences of the pairs are as large as the change', () => {
    const pairs = pairsOf({ matvec: 80, attend: 15 }, { matvec: 0.3 }, 5);
    expect(explain(pairs, slower(95, 0.3), 'call', known).parts).toEqual([]);
  });
});

describe('in words', () => {
  const part = {
    name: 'matvecQ8_0',
    file: 'kernels/lib/qmatvec.as.ts',
    isChanged: true,
    us: 8.1,
    halfUs: 0.42,
  };
  const found: Explained = { pairs: 5, unit: 'token', us: 8.3, halfUs: 0.5, parts: [part] };

  it('says the rate, the whole, each function and what is left', () => {
    expect(explanation(found, 1.08)).toBe(
      '−7.4 % tok/s, +8.3 ± 0.50 µs a token; by 5 pairs of CPU profiles: matvecQ8_0 +8.1 ± 0.42 (kernels/lib/qmatvec.as.ts, changed); all else +0.20',
    );
  });

  it('says so where no function stands out', () => {
    expect(explanation({ ...found, parts: [] }, 1.08)).toMatch(/: spread over many functions/);
  });
});

describe('a function has one name on both sides', () => {
  const frame = (functionName: string, url: string) => ({ functionName, url, lineNumber: 7 });

  it('without its line and the path of its tree', () => {
    for (const root of ['/work/tree', '/cache/base'])
      expect(placeOf(frame('multiply', `file://${root}/lib/multiply.mjs`), root)).toEqual({
        ...{ name: 'multiply', file: 'lib/multiply.mjs' },
      });
  });

  it('of WASM by the file that AssemblyScript names', () => {
    expect(placeOf(frame('kernels/lib/qmatvec.as/matvecQ8_0', 'wasm://wasm/0a'), '/work/tree')).toEqual({
      ...{ name: 'matvecQ8_0', file: 'kernels/lib/qmatvec.as.ts' },
    });
    expect(placeOf(frame('dot', 'wasm://wasm/0a'), '/work/tree')).toEqual({ name: 'dot' });
  });

  it("outside of the tree by its file; the harness, which is the candidate's on both sides, by what it does", () => {
    expect(placeOf(frame('run', 'file:///work/tree/node_modules/a/b.js'), '/work/tree')).toEqual({
      ...{ name: 'run b.js' },
    });
    expect(placeOf(frame('run', 'file:///work/tree/node_modules/a/b.js'), '/cache/base')).toEqual({
      ...{ name: 'run b.js' },
    });
    expect(placeOf(frame('zooTimedLoop', `file://${ROOT}harness/profile/process.ts`), ROOT)).toEqual({
      ...{ name: '(the loop that calls)' },
    });
    expect(placeOf(frame('(garbage collector)', ''), '/work/tree')).toEqual({ name: '(garbage collector)' });
  });
});
