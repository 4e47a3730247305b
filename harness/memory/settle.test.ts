import { describe, expect, it } from 'vitest';
import { settle } from './settle.ts';

const reading = (...values: number[]) => {
  let i = 0;
  return () => values[i++ % values.length]!;
};

describe('settle', () => {
  it('gives the value that three readings in a row agree on, whatever came before', async () => {
    expect(await settle(reading(613_000, -12_000, 48, 48.02, 48))).toEqual({ value: 48 });
  });

  it('says how far apart twelve readings were that never agreed', async () => {
    const settled = await settle(reading(0, 100, 300, 200));
    expect(settled.range).toEqual([0, 300]);
    expect(settled.value).toBe(150);
  });

  it('never gives −0', async () => {
    expect(Object.is((await settle(reading(-0.01))).value, 0)).toBe(true);
  });
});
