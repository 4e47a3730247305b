import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Code } from '../tiers/v8-log.ts';
import { chooseLoop, loopText, shortName, summariseLoop } from './code.ts';
import { annotate, innermostLoops, readListings } from './listing.ts';

/**
 * Printed by V8 13.6 (Node 24) on x86-64. `wasm-function[0]`: x[i] = x[i] · 1.5 + {2.5, 3.5} on four lanes, constants as
 * v128.const. `dot`: a sum of products of two Float32Arrays. V8 has made four passes of each loop into one.
 */
const listings = readListings(readFileSync(new URL('./listing.fixture.txt', import.meta.url), 'utf8'));
const [wasm, dot] = listings as [(typeof listings)[0], (typeof listings)[0]];

describe('readListings', () => {
  it('reads every instruction of both functions, and none of the tables behind them', () => {
    expect(listings.map(({ name, compiler }) => [name, compiler])).toEqual([
      ['wasm-function[0]', 'TurboFan'],
      ['dot', 'turbofan'],
    ]);
    expect(wasm.instructions.length).toBe(80);
    expect(wasm.instructions[0]).toMatchObject({ offset: 0, mnemonic: 'push', operands: ['rbp'] });
    expect(dot.instructions.find(({ offset }) => offset === 0x22f)).toMatchObject({ target: 0x100 });
  });

  it('takes any text: a file that was cut off, or none of this', () => {
    expect(readListings('')).toEqual([]);
    expect(readListings('--- Optimized code ---\nname = f\nInstructions (size = 9)\n')).toEqual([]);
    const text = readFileSync(new URL('./listing.fixture.txt', import.meta.url), 'utf8');
    for (let end = 0; end < text.length; end += 997) {
      for (const listing of readListings(text.slice(0, end))) innermostLoops(listing);
    }
  });
});

describe('innermostLoops', () => {
  const span = (name: string, text: string) => {
    const [listing] = readListings(
      `--- Optimized code ---\nname = ${name}\nInstructions (size = 1)\n${text}`,
    );
    return innermostLoops(listing!).map((loop) => loop.map((i) => listing!.instructions[i]!.offset));
  };
  const lines = (...code: (string | [string, number])[]) =>
    code
      .map((one, i) =>
        typeof one === 'string'
          ? `0x${(100 + i).toString(16)} ${i.toString(16)} 90 ${one}`
          : `0x${(100 + i).toString(16)} ${i.toString(16)} 90 ${one[0]} 0x0  <+0x${one[1].toString(16)}>`,
      )
      .join('\n');

  it('finds the one loop of each function, slow paths left out', () => {
    for (const [listing, from, to] of [
      [wasm, 0x40, 0x140],
      [dot, 0x100, 0x22f],
    ] as const) {
      const loops = innermostLoops(listing);
      expect(loops.length).toBe(1);
      const offsets = loops[0]!.map((i) => listing.instructions[i]!.offset);
      expect([offsets[0], offsets.at(-1)]).toEqual([from, to]);
    }
  });

  it('of nested loops gives the inner one, also where the outer one is entered in its middle', () => {
    expect(span('nested', lines('push rbp', 'incl rax', 'incl rbx', ['jc', 2], ['jc', 1], 'retl'))).toEqual([
      [2, 3],
    ]);
    const turned = lines(
      ['jmp', 2],
      'incl rax',
      'cmpl rax,rcx',
      ['jz', 6],
      'incl rbx',
      ['jc', 4],
      ['jnz', 1],
      'retl',
    );
    expect(span('turned', turned)).toEqual([[4, 5]]);
  });

  it('gives two loops in a row, and one instruction that jumps to itself', () => {
    expect(span('two', lines('incl rax', ['jc', 0], 'incl rbx', ['jc', 2], ['jnz', 4], 'retl'))).toEqual([
      [0, 1],
      [2, 3],
      [4],
    ]);
  });

  it('takes no jump back from a slow path for a loop', () => {
    expect(
      span('slow', lines('testl rax,rax', ['jz', 4], 'incl rax', 'retl', 'call 0x7', ['jmp', 2])),
    ).toEqual([]);
  });
});

describe('annotate', () => {
  it('counts what stands in the loops: 8 constants made again in WASM; 8 bounds and 4 overflow checks in JavaScript', () => {
    expect(summariseLoop({ listing: wasm, loop: innermostLoops(wasm)[0]! })).toEqual({
      ...{
        instructions: 55,
        vectorWidth: 128,
        vectorArithmetic: 8,
        scalarFloat: 0,
        fused: 0,
        loads: 4,
        stores: 4,
      },
      ...{
        spillStores: 0,
        spillLoads: 0,
        constants: 8,
        boundsChecks: 0,
        guards: 0,
        conversions: 0,
        calls: 0,
      },
    });
    expect(summariseLoop({ listing: dot, loop: innermostLoops(dot)[0]! })).toMatchObject({
      ...{
        vectorArithmetic: 0,
        scalarFloat: 8,
        loads: 8,
        boundsChecks: 8,
        guards: 4,
        conversions: 8,
        constants: 0,
      },
    });
  });

  it('knows spills, wider registers, multiply-adds and calls', () => {
    const code = [
      'vmovups [rbp-0x40],ymm1',
      'vfmadd231ps zmm0,zmm1,zmm2',
      'vpdpbusd xmm9,xmm8,xmm6',
      'vmovdqu xmm3,[rsp+0x10]',
      'vxorps xmm4,xmm4,xmm4',
      'vpcmpeqd xmm5,xmm5,xmm5',
      'call 0x1234',
    ].map((text, i) => `0x${(64 + i).toString(16)} ${i.toString(16)} 90 ${text}`);
    const [listing] = readListings(
      `--- WebAssembly code ---\nname: f\nInstructions (size = 8)\n${code.join('\n')}\n0x50 10 90 jmp 0x40  <+0x0>`,
    );
    const [loop] = innermostLoops(listing!);
    expect(annotate(listing!, loop!).map(({ kind }) => kind)).toEqual([
      ...[
        'spill store',
        'vector arithmetic',
        'vector arithmetic',
        'spill load',
        'vector move',
        'constant',
        'call',
        'branch',
      ],
    ]);
    expect(summariseLoop({ listing: listing!, loop: loop! })).toMatchObject({
      vectorWidth: 512,
      fused: 2,
      constants: 1,
    });
  });
});

describe('chooseLoop', () => {
  const code = (listing: typeof wasm, name: string): Code => ({
    ...{ name, tier: 'turbofan', wasm: true, at: 0, size: 999 },
    address: listing.address,
  });

  it('takes the loop that the samples fall on, not the one with more vectors', () => {
    const ran = code(dot, 'dot file:///a/dot.ts:1:9');
    const ticks = Array.from({ length: 20 }, () => ({ code: ran, pc: dot.address + 0x135 }));
    const hot = chooseLoop(listings, ticks);
    expect(hot).toMatchObject({ name: 'dot dot.ts', samples: { all: 20, code: 20, loop: 20 } });
    expect(loopText(hot)).toContain('100 %    135  vmulsd xmm1,xmm2,xmm1');
  });

  it('without samples takes the one with most vector operations, or the one named', () => {
    expect(chooseLoop(listings, []).listing).toBe(wasm);
    expect(chooseLoop(listings, [], 'dot').listing).toBe(dot);
    expect(() => chooseLoop(listings, [], 'sin')).toThrow(
      'no optimised code with a loop has "sin" in its name',
    );
  });

  it('says what ran when that was no optimised code, instead of showing another loop', () => {
    const ran: Code = { ...code(dot, 'slow file:///a/slow.ts:1:2'), tier: 'maglev', address: 1 };
    const ticks = Array.from({ length: 20 }, () => ({ code: ran, pc: 2 }));
    expect(() => chooseLoop(listings, ticks)).toThrow('what ran: slow slow.ts (maglev)');
  });
});

it('names are short: function and file', () => {
  expect(shortName('tile file:///x/y/blocked.ts:1:210')).toBe('tile blocked.ts');
  expect(shortName(' file:///x/y/js.ts:1:217')).toBe('js.ts:1:217');
  expect(shortName('kernels/matmul/simd.as/tiled')).toBe('kernels/matmul/simd.as/tiled');
});
