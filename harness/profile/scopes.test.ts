import { afterEach, describe, expect, it } from 'vitest';
import { Scopes, scopes, scopesText, useScopes } from './scopes.ts';

/** A clock that costs `cost` ms a reading, and work that takes exactly what it is told. */
function setup(cost: number) {
  let now = 0;
  const clock = () => {
    now += cost;
    return now;
  };
  return { all: new Scopes({ clock }), work: (ms: number) => (now += ms) };
}

/** run 10 × { load 1, math { step 2, step 3 }, own 4 } */
function nest({ all, work }: ReturnType<typeof setup>) {
  for (let i = 0; i < 10; i++) {
    all.begin('run');
    all.within('load', () => work(1));
    all.within('math', () => {
      all.within('step', () => work(2));
      all.within('step', () => work(3));
    });
    work(4);
    all.end();
  }
  return all.table();
}

describe('Scopes', () => {
  it.each([0, 0.001, 0.5])('gives exact totals and self times when reading the clock costs %d ms', (cost) => {
    const rows = new Map(nest(setup(cost)).rows.map((row) => [row.scope, row]));
    const figures = (name: string) => {
      const { calls, totalMs, selfMs, minMs, meanMs, maxMs } = rows.get(name)!;
      return [calls, totalMs, selfMs, minMs, meanMs, maxMs].map((x) => Number(x.toFixed(6)));
    };
    expect(figures('run')).toEqual([10, 100, 40, 10, 10, 10]);
    expect(figures('load')).toEqual([10, 10, 10, 1, 1, 1]);
    expect(figures('math')).toEqual([10, 50, 0, 5, 5, 5]);
    expect(figures('step')).toEqual([20, 50, 50, 2, 2.5, 3]);
    expect(rows.get('step')!.callers).toEqual({ math: 20 });
    expect(rows.get('run')!.callers).toEqual({ '': 10 });
  });

  it('says what share of the time its own pairs took', () => {
    // 50 pairs of two readings of 0.5 ms, in 10 runs of 10 ms: the outermost pair has half of itself outside.
    const { overhead, pairNs } = nest(setup(0.5));
    expect(pairNs).toBeCloseTo(1e6, 3);
    expect(overhead).toBeCloseTo(50 / (100 + 40 + 5), 6);
    expect(nest(setup(0)).overhead).toBe(0);
  });

  it('counts a scope within itself once in its total', () => {
    const { all, work } = setup(0);
    const down = (n: number) => {
      all.begin('down');
      work(1);
      if (n > 1) down(n - 1);
      all.end();
    };
    down(100);
    expect(all.table().rows[0]).toMatchObject({
      scope: 'down',
      calls: 100,
      totalMs: 100,
      selfMs: 100,
      maxMs: 100,
    });
  });

  it('gives bytes of a call, and leaves out calls in which a collection made the heap smaller', () => {
    let heap = 0;
    const all = new Scopes({ clock: () => 0, heap: () => heap });
    for (const grown of [100, 300, -5000]) all.within('f', () => (heap += grown));
    expect(all.table().rows[0]).toMatchObject({ calls: 3, bytes: 200 });
  });

  it('closes a scope that throws, and refuses an end without a beginning', () => {
    const all = new Scopes();
    expect(() => all.within('f', () => JSON.parse('{'))).toThrow(SyntaxError);
    expect(all.table().rows[0]!.calls).toBe(1);
    expect(() => all.end()).toThrow('end() without begin()');
  });

  it('prints every scope, and what the scopes themselves cost', () => {
    const text = scopesText(nest(setup(0.5)));
    for (const part of ['run', 'load', 'math', 'step', 'outside 10', '34.48 % of the time: subtracted']) {
      expect(text).toContain(part);
    }
  });
});

describe('scopes of the process', () => {
  afterEach(() => useScopes(undefined));

  it('go nowhere until somebody looks', () => {
    scopes.begin('a');
    scopes.end();
    const all = new Scopes();
    useScopes(all);
    scopes.begin('b');
    scopes.end();
    expect(all.table().rows.map(({ scope }) => scope)).toEqual(['b']);
  });
});
