import { describe, expect, it } from 'vitest';
import { rng } from '../../kernels/lib/rng.ts';
import { STEPS } from '../../models/llama/trace.ts';
import { apportion, leavesOf, type TreeNode, treeOf, treeText } from './tree.ts';
import { type ScopeNode, TreeScopes } from './tree-scopes.ts';

/** A clock that costs `cost` ms a reading, and scopes of random lengths: calls of layers of steps, with time of their own between. */
function recorded(cost: number, layers: number, seed: string): ScopeNode {
  let now = 0;
  const random = rng(seed);
  const all = new TreeScopes({
    read: () => {
      now += cost;
      return now;
    },
  });
  const work = () => {
    now += random.uniform();
  };
  for (let call = 0; call < 7; call++)
    all.within('call', () => {
      work();
      for (let l = 0; l < layers; l++)
        all.within(`layer ${l}`, () => {
          for (const step of STEPS) {
            all.within(step, work);
            if (random.integer(3) === 0) work();
          }
        });
      all.within('head', work);
    });
  return all.tree();
}

const nodesOf = (node: TreeNode): TreeNode[] => [node, ...node.children.flatMap(nodesOf)];

describe('shares of a tree', () => {
  it.each([0, 0.001, 0.2])(
    'add up to 100 % within 1e-12, at every node, when the clock costs %d ms',
    (cost) => {
      const times = recorded(cost, 5, `shares ${cost}`);
      const root = treeOf(times, times, times);
      expect(root.share).toBeCloseTo(1, 12);
      const leaves = leavesOf(root);
      expect(leaves.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
      expect(new Set(leaves.map(({ path }) => path.join('/'))).size).toBe(leaves.length);
      for (const node of nodesOf(root)) {
        const below = node.children.reduce((sum, { share }) => sum + share, node.selfShare);
        expect(below).toBeCloseTo(node.share, 12);
        expect(node.selfShare).toBeGreaterThanOrEqual(0);
      }
    },
  );

  it('are printed so that those below a node add up to it, and all layers to all', () => {
    const times = recorded(0, 30, 'printed');
    const root = treeOf(times, times, times);
    const text = treeText({ root, plainUs: 100, tracedUs: 101, calls: 7, isSame: true });
    const [tree, matrix] = text.split('layer by layer');
    const all = tree!.split('\n');
    const nameAt = all.find((line) => line.endsWith('step'))!.indexOf('step');
    const lines = all.flatMap((line) => {
      const share = /^ *(\d+\.\d\d) %/.exec(line)?.[1];
      return share ? [{ hundredths: Math.round(100 * Number(share)), name: line.slice(nameAt) }] : [];
    });
    const indent = ({ name }: { name: string }) => name.length - name.trimStart().length;
    const [top] = lines as [(typeof lines)[0]];
    expect(top.hundredths).toBe(10_000);
    for (const [i, node] of lines.entries()) {
      const end = lines.findIndex((other, j) => j > i && indent(other) <= indent(node));
      const below = lines
        .slice(i + 1, end < 0 ? undefined : end)
        .filter((other) => indent(other) === indent(node) + 2);
      if (below.length > 0)
        expect(
          below.reduce((sum, { hundredths }) => sum + hundredths, 0),
          node.name,
        ).toBe(node.hundredths);
    }
    const rows = matrix!.split('\n').filter((line) => /layer \d/.test(line));
    expect(rows.length).toBe(30);
    for (const row of rows) {
      const [all, ...steps] = row
        .replace(/ *layer \d+/, '')
        .trim()
        .split(/ +/)
        .map((x) => Math.round(100 * Number(x)));
      expect(steps.reduce((a, b) => a + b, 0)).toBe(all);
    }
  });

  it('are whole parts of what they are shares of, each off by less than one', () => {
    const random = rng('apportion');
    for (let i = 0; i < 1000; i++) {
      const shares = Array.from({ length: 1 + random.integer(20) }, () => random.uniform());
      const total = random.integer(10_000);
      const sum = shares.reduce((a, b) => a + b);
      const parts = apportion(shares, total);
      expect(parts.reduce((a, b) => a + b)).toBe(total);
      for (const [k, part] of parts.entries())
        expect(Math.abs(part - (shares[k]! / sum) * total)).toBeLessThan(1);
    }
    expect(apportion([0, 0], 5)).toEqual([0, 0]);
  });
});

describe('bytes of a tree', () => {
  it('are those of each step, whatever reading the heap allocates itself', () => {
    let heap = 0;
    const count = (own: () => number) => {
      const all = new TreeScopes({
        isUneven: true,
        read: () => {
          const now = heap;
          heap += own();
          return now;
        },
      });
      for (let call = 0; call < 5; call++)
        all.within('call', () => {
          heap += 1000;
          all.within('norm', () => {});
          all.within('norm', () => {});
          all.within('down', () => (heap += 300));
        });
      return all.tree();
    };
    let readings = 0;
    // The code that reads is optimised within the second call, and allocates less from then on.
    for (const own of [() => 0, () => 250, () => (readings++ > 20_040 ? 40 : 400)]) {
      const bytes = count(own);
      const root = treeOf(bytes, bytes, bytes);
      expect(root.heapBytes).toBe(1300);
      expect(root.children.map(({ name, calls, heapBytes }) => [name, calls, heapBytes])).toEqual([
        ['norm', 2, 0],
        ['down', 1, 300],
      ]);
    }
  });
});

describe('TreeScopes', () => {
  it.each([0, 0.001, 0.5])('gives exact own times when reading the clock costs %d ms', (cost) => {
    let now = 0;
    const all = new TreeScopes({
      read: () => {
        now += cost;
        return now;
      },
    });
    for (let i = 0; i < 3; i++)
      all.within('call', () => {
        now += 4;
        all.within('a', () => {
          now += 1;
          all.within('b', () => (now += 2));
        });
        all.within('b', () => (now += 3));
      });
    const figures = ({ name, calls, self, children }: ScopeNode): unknown => [
      ...[name, calls, Number(self.toFixed(9))],
      ...children.map(figures),
    ];
    expect(figures(all.tree())).toEqual(['call', 1, 4, ['a', 1, 1, ['b', 1, 2]], ['b', 1, 3]]);
  });

  it('refuses an end without a beginning, and closes a scope that throws', () => {
    const all = new TreeScopes();
    expect(() => all.end()).toThrow('end() without begin()');
    expect(() => all.within('f', () => JSON.parse('{'))).toThrow(SyntaxError);
    expect(all.tree()).toMatchObject({ name: 'f', calls: 1 });
  });
});
