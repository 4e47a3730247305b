import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KERNELS } from '../kernels/index.ts';
import broken from '../suites/adversarial/broken.ts';
import { loadKernels } from './catalogue.ts';
import { UsageError } from './errors.ts';
import { makePlan, type Selection, selects } from './plan.ts';
import { readRecords } from './record.ts';

const plan = (selection: Selection) => makePlan([...KERNELS, broken], selection);
const cells = (selection: Selection) =>
  plan(selection).groups.flatMap((group) => group.cells.map((cell) => cell.id));

describe('a selection', () => {
  it('by kernel takes the cases that the suite times', () => {
    expect(cells({ selectors: ['softmax/simd'], suite: 'smoke' })).toEqual(['softmax/simd@R=1536,C=128']);
  });

  it('by backend, whole case and part of a case', () => {
    const two = ['softmax/simd', 'softmax/naive'];
    expect(cells({ selectors: two, backends: ['wasm'], cases: ['R=3,C=4'] })).toEqual([
      'softmax/simd@R=3,C=4',
    ]);
    expect(cells({ selectors: ['softmax/naive'], cases: ['C=128'] })).toEqual(['softmax/naive@R=1536,C=128']);
    expect(cells({ selectors: ['softmax/naive'], cases: ['C=4,R=3'] })).toEqual(['softmax/naive@R=3,C=4']);
  });

  it('by case applies it to the kernels that have its keys', () => {
    expect(cells({ selectors: ['softmax/naive', 'broken/honest'], cases: ['N=7', 'R=1,C=1'] })).toEqual([
      'softmax/naive@R=1,C=1',
      'broken/honest@N=7',
    ]);
  });

  it('by whole name takes just that cell, beside what others select', () => {
    expect(cells({ selectors: ['softmax/simd@C=4,R=3'] })).toEqual(['softmax/simd@R=3,C=4']);
    expect(cells({ selectors: ['softmax@R=3,C=4'], backends: ['js'] })).toContain('softmax/online@R=3,C=4');
    const both = ['softmax/naive', 'softmax/naive@R=3,C=4', 'softmax/naive@R=1536,C=128'];
    expect(cells({ selectors: both, suite: 'smoke' })).toEqual([
      'softmax/naive@R=3,C=4',
      'softmax/naive@R=1536,C=128',
    ]);
  });

  it('chooses among cells that are measured already by their names', () => {
    const cell = { subject: 'gone', variant: 'simd', case: 'R=3,C=4', backend: 'wasm', runtime: 'node' };
    for (const selection of [
      {},
      { selectors: ['x', 'gone'] },
      { selectors: ['gone/simd@C=4'] },
      { cases: ['R=3'] },
      { cases: ['all'] },
      { backends: ['wasm'], runtimes: ['node'] },
    ])
      expect(selects(selection, cell), JSON.stringify(selection)).toBe(true);
    for (const selection of [
      { selectors: ['gone/naive'] },
      { selectors: ['gone/simd@C=5'] },
      { cases: ['R=4'] },
      { backends: ['js'] },
      { runtimes: ['bun'] },
    ])
      expect(selects(selection, cell), JSON.stringify(selection)).toBe(false);
  });

  it('by shard splits the groups without loss or repetition', () => {
    const whole = cells({ suite: 'smoke' });
    const parts = ['1/3', '2/3', '3/3'].flatMap((shard) => cells({ suite: 'smoke', shard }));
    expect(parts.sort()).toEqual(whole.sort());
  });

  it("of a kernel that no suite knows (a user's own) takes all its cases", () => {
    expect(cells({ selectors: ['broken/honest'] })).toEqual(['broken/honest@N=1024', 'broken/honest@N=7']);
  });

  for (const [what, selection, message] of [
    ['kernel', { selectors: ['sofmax'] }, 'unknown kernel "sofmax": did you mean "softmax"?'],
    ['variant', { selectors: ['softmax/smid'] }, 'unknown variant of softmax "smid": did you mean "simd"?'],
    [
      'selector',
      { selectors: ['softmax/simd/x'] },
      '"softmax/simd/x" is no selector: it is "kernel" or "kernel/variant"',
    ],
    ['backend', { backends: ['wasn'] }, 'unknown backend "wasn": did you mean "wasm"?'],
    ['runtime', { runtimes: ['nod'] }, 'unknown runtime "nod": did you mean "node"?'],
    [
      'flag',
      { runtimes: ['node no-opt'] },
      '"no-opt" behind node is no flag: write it as --flag or --flag=1',
    ],
    [
      'flag of a browser',
      { runtimes: ['chromium --no-opt'] },
      "chromium takes no flags here: they are V8's, for node and deno",
    ],
    ['suite', { suite: 'smok' }, 'unknown suite "smok": did you mean "smoke"?'],
    [
      'case',
      { selectors: ['softmax'], cases: ['R=1536,D=128'] },
      'unknown case "R=1536,D=128": did you mean "R=1536,C=128"?',
    ],
    [
      'case syntax',
      { selectors: ['softmax'], cases: ['R:3'] },
      '"R:3" is no case: it is written like M=384,N=384,K=384',
    ],
    [
      'size',
      { selectors: ['softmax'], cases: ['R=0,C=4'] },
      'case "R=0,C=4" of softmax: R must be a positive integer',
    ],
    [
      'huge',
      { selectors: ['softmax'], cases: ['R=1000000,C=1000'] },
      'case "R=1000000,C=1000" of softmax needs 7.5 GiB; the most is 2 GiB',
    ],
    ['shard', { shard: '3/2' }, '--shard is i/n with 1 ≤ i ≤ n, not "3/2"'],
  ] as const) {
    it(`with an impossible ${what} is refused in one line`, () => {
      expect(() => plan(selection)).toThrow(new UsageError(message));
    });
  }
});

it('a variant that is named and that the suite leaves out is timed where the suite times its kernel', () => {
  const { groups } = plan({ suite: 'smoke', selectors: ['matmul/transposed'] });
  expect(groups.map(({ cells }) => cells.map(({ id }) => id))).toEqual([
    ['matmul/transposed@M=192,N=192,K=192'],
  ]);
  const all = plan({ suite: 'smoke', selectors: ['matmul'] }).groups.map(({ variant }) => variant);
  expect(all).toContain('simd');
  expect(all).not.toContain('transposed');
});

describe("a user's file", () => {
  const folder = mkdtempSync(join(tmpdir(), 'zoo-files-'));
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const load = (path: string) => loadKernels({ kernels: [path], variants: [] });

  it('that throws on import, lacks a part, or is missing is refused in one line', async () => {
    const throws = file('throws.mjs', 'throw new Error("two\\nlines")');
    await expect(load(throws)).rejects.toThrow(`${throws} fails on import: two lines`);
    const syntax = file('syntax.mjs', 'export default {');
    await expect(load(syntax)).rejects.toThrow(/fails on import/);
    const empty = file('empty.mjs', 'export const kernel = 1;');
    await expect(load(empty)).rejects.toThrow(/must export the kernel as its default export/);
    const partial = file('partial.mjs', 'export default { name: "mine" };');
    await expect(load(partial)).rejects.toThrow(/partial.mjs is no kernel: formula/);
    await expect(load(join(folder, 'none.ts'))).rejects.toThrow(/no such kernel file/);
  });

  it('adds its variant to the kernel that is named', async () => {
    const path = file(
      'fast.mjs',
      'export default { name: "mine", backend: "js", idea: "x", prepare: () => ({ run() {}, read: () => new Float32Array(1), dispose() {} }) };',
    );
    const kernels = await loadKernels({ kernels: [], variants: [{ file: path, kernel: 'softmax' }] });
    expect(kernels.find((kernel) => kernel.name === 'softmax')!.variants.at(-1)!.name).toBe('mine');
    expect(KERNELS.find((kernel) => kernel.name === 'softmax')!.variants.some((v) => v.name === 'mine')).toBe(
      false,
    );
  });
});

describe('a records file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zoo-records-'));
  const read = (text: string, warn?: (message: string) => void) => {
    const path = join(folder, 'r.jsonl');
    writeFileSync(path, text);
    return readRecords(path, warn);
  };

  it('that is malformed is refused with its line', () => {
    expect(() => read('{"schema":1}\n')).toThrow(/r\.jsonl, line 1: not a record: id:/);
    expect(() => read('{"schema":9}\n')).toThrow(/line 1: record schema 9, this version reads 1/);
    expect(() => read('null\n')).toThrow(/line 1: record schema undefined/);
    expect(() => read('\nnot json\n{}\n')).toThrow(/line 2: not JSON/);
    expect(() => readRecords(join(folder, 'none.jsonl'))).toThrow(/no such records file/);
    expect(() => readRecords(folder)).toThrow(/cannot read/);
  });

  it('whose last line was cut off by a kill loses only that line, and says so', () => {
    const warnings: string[] = [];
    expect(read('{"schema":1,"id":"a', (message) => warnings.push(message))).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/line 1: incomplete last line dropped/)]);
  });
});
