import { describe, expect, it } from 'vitest';
import { allocationFrames, cpuFrames, framesText } from './frames.ts';
import { gcText } from './gc.ts';
import { hints, modulesOf, opcodesText } from './opcodes-text.ts';
import type { FunctionOpcodes } from './wasm-opcodes.ts';

const frame = (functionName: string, url = '', lineNumber = -1) => ({ functionName, url, lineNumber });

describe('frames', () => {
  it('charge each sample up to the next one, WASM by its name, and not the profiler to the kernel', () => {
    const nodes = [
      { id: 1, callFrame: frame('(root)') },
      { id: 2, callFrame: frame('tile', 'file:///a/blocked.ts', 0) },
      { id: 3, callFrame: frame('mod/f', 'wasm://wasm/mod-1', 0) },
      { id: 4, callFrame: frame('post', 'node:inspector', 114) },
    ];
    const frames = cpuFrames({ nodes, samples: [4, 2, 2, 3, 2], timeDeltas: [0, 500, 1000, 2000, 250] });
    expect(frames).toEqual([
      { name: 'tile blocked.ts', self: 3 },
      { name: 'mod/f (wasm)', self: 0.25 },
    ]);
    expect(framesText(frames, 'ms', 1, 10)).toBe(
      '  self   ms  µs a call  function\n92.3 %  3.0        300  tile blocked.ts\n1 more functions\n',
    );
  });

  it('add the bytes of a function wherever it stands, and say when there were none', () => {
    const leaf = (selfSize: number, children = []) => ({
      callFrame: frame('f', 'file:///a/f.js', 4),
      selfSize,
      children,
    });
    const head = {
      callFrame: frame('(root)'),
      selfSize: 0,
      children: [leaf(10), { ...leaf(5), children: [leaf(1)] }],
    };
    expect(allocationFrames({ head })).toEqual([{ name: 'f f.js:5', self: 16 }]);
    expect(framesText([], 'bytes', 5, 1)).toContain('nothing');
  });
});

it('gcText sums each kind, in a thousand calls too', () => {
  const events = [
    { atMs: 1, ms: 0.5, kind: 'minor' },
    { atMs: 2, ms: 1.5, kind: 'minor' },
    { atMs: 5, ms: 4, kind: 'major' },
  ] as const;
  const text = gcText(events, { calls: 500, ms: 100 });
  expect(text).toMatch(/\n +2 +2\.00 +4 +4 +2\.00 % +1\.50 {2}minor\n/);
  expect(text).toMatch(/\n +1 +4\.00 +2 +8 +4\.00 % +4\.00 {2}major\n/);
  expect(gcText([], { calls: 1, ms: 1 })).toBe('no collection within the window\n');
});

describe('opcodes', () => {
  const f = (simd: Record<string, number>): FunctionOpcodes => ({
    ...{
      name: 'f',
      index: 0,
      instructions: 9,
      simd: new Map(Object.entries(simd)),
      scalarLoads: 1,
      scalarStores: 2,
    },
    ...{ scalarArithmetic: { i32: 1, i64: 0, f32: 3, f64: 0 }, calls: 0, atomics: 0, loops: 1 },
  });

  it('say plainly when there is no SIMD, no integer dot, no fused multiply-add', () => {
    expect(hints([f({})])).toEqual(['no SIMD at all: every instruction works on one number']);
    expect(hints([f({ 'f32x4.mul': 1, 'f32x4.add': 1 })]).join()).toMatch(
      /no integer dot .* no f32x4\.relaxed_madd/,
    );
    expect(hints([f({ 'i32x4.dot_i16x8_s': 2, 'v128.load': 1 })])).toEqual([]);
    expect(opcodesText('a.wasm', [f({})])).toContain(
      '0 SIMD, 4 scalar arithmetic (i32 1, i64 0, f32 3, f64 0)',
    );
  });

  it('are those of the module that a variant runs', () => {
    const cell = { subject: 'softmax', kind: 'kernel' as const, id: '', shape: {}, case: '', from: '' };
    expect(modulesOf({ ...cell, variant: 'simd-threads', backend: 'wasm-threads' })[0]).toMatch(
      /simd\.shared\.wasm$/,
    );
    expect(() => modulesOf({ ...cell, variant: 'naive', backend: 'js' })).toThrow('softmax/naive is js');
  });
});
