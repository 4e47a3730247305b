import { describe, expect, it } from 'vitest';
import { KEPT, LlamaJs } from './js.ts';
import { PAGE, PagedSequence, PagePool } from './paged.ts';
import { openPreset } from './presets.ts';

const CONFIG = {
  ...{ layers: 2, width: 8, ffn: 8, heads: 2, kvHeads: 1, headSize: 4, vocabulary: 8 },
  ...{ context: 64, epsilon: 1e-5, ropeBase: 10_000 },
};
const ROW = CONFIG.kvHeads * CONFIG.headSize;

/** Writes `value` as key and value of a position, in all layers. */
function write(text: PagedSequence, position: number, value: number): void {
  const place = text.take(position);
  for (const { keys, values } of text.layers)
    for (const array of [keys, values]) array.fill(value, place * ROW, (place + 1) * ROW);
}

/** What stands at each position of a text; one number, as all layers, keys and values must have the same. */
function read(text: PagedSequence): number[] {
  return Array.from({ length: text.length }, (_, position) => {
    const within = position % text.run;
    const place = text.placeOf(position - within) + within;
    const found = new Set(
      text.layers.flatMap(({ keys, values }) =>
        [keys, values].flatMap((array) => Array.from(array.subarray(place * ROW, (place + 1) * ROW))),
      ),
    );
    expect(found.size).toBe(1);
    return [...found][0]!;
  });
}

function written(pool: PagePool, values: readonly number[]): PagedSequence {
  const text = new PagedSequence(pool);
  for (const [position, value] of values.entries()) write(text, position, value);
  return text;
}

describe('pages', () => {
  it('are taken one by one as a text grows, and given back by what is forgotten', () => {
    const pool = new PagePool(CONFIG, 3, 4);
    const text = written(pool, [1, 2, 3, 4]);
    expect(pool.used).toBe(1);
    write(text, 4, 5);
    expect(pool.used).toBe(2);
    text.truncate(4);
    expect([pool.used, text.length]).toEqual([1, 4]);
    text.truncate(0);
    expect(pool.used).toBe(0);
    expect(pool.pageBytes).toBe(2 * 4 * 4 * ROW * CONFIG.layers);
  });

  it('need not lie side by side', () => {
    const pool = new PagePool(CONFIG, 4, 2);
    const [a, b] = [new PagedSequence(pool), new PagedSequence(pool)];
    for (let i = 0; i < 4; i++) {
      write(a, i, i);
      write(b, i, 10 + i);
    }
    expect(a.table).toEqual([0, 2]);
    expect([read(a), read(b)]).toEqual([
      [0, 1, 2, 3],
      [10, 11, 12, 13],
    ]);
  });

  it('are all in use: one clear error, and the text is as long as before', () => {
    const pool = new PagePool(CONFIG, 2, 4);
    const text = written(pool, [0, 1, 2, 3, 4, 5, 6, 7]);
    expect(() => text.take(8)).toThrow(new RangeError('all 2 pages of 4 positions are in use'));
    expect([text.length, pool.used]).toEqual([8, 2]);
    expect(() => text.take(9)).toThrow(new RangeError('position 9 of a text of 8'));
    expect(() => text.take(-1)).toThrow(new RangeError('position -1 of a text of 8'));
    const other = text.fork();
    expect(() => other.take(7)).toThrow('all 2 pages of 4 positions are in use');
    expect(read(text)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    // Room again as soon as one of them lets go.
    text.truncate(0);
    write(other, other.length, 70);
    expect(read(other)).toEqual([0, 1, 2, 3, 4, 5, 6, 70]);
  });
});

describe('texts that begin alike', () => {
  it('share pages until one writes: it gets a copy, of what it has there', () => {
    const pool = new PagePool(CONFIG, 4, 4);
    const text = written(pool, [0, 1, 2, 3, 4, 5]);
    const other = text.fork();
    expect(pool.used).toBe(2);
    expect(read(other)).toEqual(read(text));
    write(other, 6, 60);
    expect(pool.used).toBe(3);
    expect(other.table[0]).toBe(text.table[0]);
    expect(other.table[1]).not.toBe(text.table[1]);
    // The other is alone with its page now, and needs no copy.
    write(text, 6, 6);
    expect(pool.used).toBe(3);
    expect(read(text)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(read(other)).toEqual([0, 1, 2, 3, 4, 5, 60]);
  });

  it('copy nothing where they part between two pages', () => {
    const pool = new PagePool(CONFIG, 3, 4);
    const text = written(pool, [0, 1, 2, 3]);
    const other = text.fork();
    write(text, 4, 4);
    write(other, 4, 40);
    expect(pool.used).toBe(3);
    expect(read(other)).toEqual([0, 1, 2, 3, 40]);
  });

  it('give a page back when the last of them lets go', () => {
    const pool = new PagePool(CONFIG, 2, 4);
    const text = written(pool, [0, 1]);
    const others = [text.fork(), text.fork()];
    text.truncate(0);
    others[0]!.truncate(0);
    expect(pool.used).toBe(1);
    expect(read(others[1]!)).toEqual([0, 1]);
    others[1]!.truncate(0);
    expect(pool.used).toBe(0);
  });

  it('may write over what they share: the others keep it', () => {
    const pool = new PagePool(CONFIG, 4, 4);
    const text = written(pool, [0, 1, 2, 3, 4]);
    const other = text.fork();
    write(other, 1, 10);
    expect(read(other)).toEqual([0, 10]);
    expect(read(text)).toEqual([0, 1, 2, 3, 4]);
    expect(pool.used).toBe(3);
  });
});

it('a model gives bit for bit the logits that it gives with a slab, also behind a text that was taken back', async () => {
  const weights = await openPreset({ model: 'tiny', quant: 'f32' });
  const length = 2 * PAGE + 3;
  const one = await LlamaJs.load(weights, length, KEPT);
  const pool = new PagePool(weights.config, 4);
  const text = new PagedSequence(pool);
  // Pages in an order of their own.
  const blocker = new PagedSequence(pool);
  const two = await LlamaJs.load(weights, length, KEPT, { cache: text });
  for (let t = 0; t < length; t++) {
    if (t === PAGE) blocker.take(0);
    for (const model of [one, two]) model.decode((7 * t) % 258, t);
    expect(two.logits).toEqual(one.logits);
  }
  expect(text.table).toEqual([0, 2, 3]);
  for (const model of [one, two]) model.decode(5, PAGE - 1);
  expect(two.logits).toEqual(one.logits);
  expect(pool.used).toBe(2);
});
