/** The loops behind the peaks do what is counted for them; how fast they are is no matter of tests. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { jsChains } from './js-chains.ts';

const PAGE = 1 << 16;
const OUT = PAGE;
const DATA = 2 * PAGE;

function load(name: string) {
  const memory = new WebAssembly.Memory({ initial: 8, maximum: PAGE });
  const module = new WebAssembly.Module(readFileSync(new URL(`./${name}.wasm`, import.meta.url)));
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  return { call: instance.exports as Record<string, (...args: number[]) => void>, buffer: memory.buffer };
}

describe('chains of a round', () => {
  // 12 chains that start at `thread + 1` and halve their distance from 1: 12 × 4 lanes, a product and a sum each.
  for (const [module, name, type] of [
    ['peaks', 'mulAdd', Float32Array],
    ['relaxed', 'fma', Float32Array],
    ['relaxed', 'fma64', Float64Array],
  ] as const) {
    it(`${name}: 12 in each lane, each with one multiply-add a round`, () => {
      const { call, buffer } = load(module);
      call[name]!(OUT, 3, 1, 2);
      const lanes = new type(buffer, OUT + 16, 16 / type.BYTES_PER_ELEMENT);
      expect([...lanes]).toEqual(Array(lanes.length).fill(12 * (1 + 2 ** -3)));
    });
  }

  it('dotI16: 12 × 4 sums, each with a product of its halves by one, which doubles it', () => {
    const { call, buffer } = load('peaks');
    call.dotI16!(OUT, 5, 1, 2);
    expect([...new Int32Array(buffer, OUT + 16, 4)]).toEqual(Array(4).fill(12 * 2 ** 5));
  });

  it('dotI8: 12 × 4 sums, each with 4 products more a round', () => {
    const { call, buffer } = load('relaxed-dot');
    call.dotI8!(OUT, 5, 1, 2);
    expect([...new Int32Array(buffer, OUT + 16, 4)]).toEqual(Array(4).fill(12 * (1 + 5 * 4)));
  });

  it('dotI16Pairs: 96 sums a thread, each doubled a round', () => {
    const { call, buffer } = load('peaks');
    const all = new Int32Array(buffer, OUT, 2 * 96).fill(3);
    call.dotI16Pairs!(OUT, 5, 1, 2);
    expect([...all.subarray(0, 96)]).toEqual(Array(96).fill(3));
    expect([...all.subarray(96)]).toEqual(Array(96).fill(3 * 2 ** 5));
  });

  it('dotI8Pairs: 96 sums a thread, each with 4 products more a round', () => {
    const { call, buffer } = load('relaxed-dot');
    const all = new Int32Array(buffer, OUT, 2 * 96).fill(3);
    call.dotI8Pairs!(OUT, 5, 1, 2);
    expect([...all.subarray(0, 96)]).toEqual(Array(96).fill(3));
    expect([...all.subarray(96)]).toEqual(Array(96).fill(3 + 5 * 4));
  });

  it('fmaPairs: 96 lanes a thread, each with one multiply-add a round', () => {
    const { call, buffer } = load('relaxed');
    const all = new Float32Array(buffer, OUT, 2 * 96).fill(3);
    call.fmaPairs!(OUT, 3, 1, 2);
    expect([...all.subarray(0, 96)]).toEqual(Array(96).fill(3));
    expect([...all.subarray(96)]).toEqual(Array(96).fill(1 + 2 * 2 ** -3));
  });

  it('JavaScript: 12, each with four multiply-adds a round', async () => {
    const out = new Float64Array(2);
    (await jsChains({ rounds: 2, out }))(1, 2);
    const starts = 12 * 2 + 66;
    expect([...out]).toEqual([0, 12 + (starts - 12) / 2 ** 8]);
  });
});

describe('streams of a thread', () => {
  const bytes = 3 * 256;

  it('read every word of their share once each time', () => {
    const { call, buffer } = load('peaks');
    const words = new Int32Array(buffer, DATA, bytes / 4).map((_, i) => 1 << (i % 31));
    new Int32Array(buffer, DATA, bytes / 4).set(words);
    for (const thread of [0, 1]) call.read!(DATA, OUT, bytes, 1, thread, 2);
    const all = new Int32Array(buffer, OUT, 8).reduce((a, b) => a ^ b);
    expect(all).toBe(words.reduce((a, b) => a ^ b));
  });

  it('write and copy all of it and nothing behind it', () => {
    const { call, buffer } = load('peaks');
    const view = new Float32Array(buffer, DATA, bytes / 4 + 32);
    for (const thread of [0, 1]) call.write!(DATA, OUT, bytes, 1, thread, 2);
    expect([...view]).toEqual([...Array(bytes / 4).fill(0.5), ...Array(32).fill(0)]);
    // Three lines of 256 bytes: thread 0 has one, thread 1 two; each copies its first half to its second.
    for (let i = 0; i < bytes / 4; i++) view[i] = i;
    for (const thread of [0, 1]) call.copy!(DATA, OUT, bytes, 1, thread, 2);
    const half = (from: number, n: number) => Array.from({ length: n }, (_, i) => from + i);
    expect([...view.subarray(0, 64)]).toEqual([...half(0, 32), ...half(0, 32)]);
    expect([...view.subarray(64, 192)]).toEqual([...half(64, 64), ...half(64, 64)]);
    expect([...view.subarray(192)]).toEqual(Array(32).fill(0));
  });
});
