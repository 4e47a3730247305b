import { expect, it } from 'vitest';
import { decodeHalf, encodeHalf } from './f16.ts';

/** The value of a code by the definition of binary16. */
function definition(code: number): number {
  const sign = code >= 0x8000 ? -1 : 1;
  const exponent = (code >> 10) & 31;
  const fraction = (code & 1023) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -14 : sign * (1 + fraction) * 2 ** (exponent - 15);
}

it('decodes all 65,536 codes exactly, and encodes each value back to its code', () => {
  let wrong = 0;
  for (let code = 0; code < 0x10000; code++) {
    const value = decodeHalf(code);
    const back = Number.isNaN(value) ? 0x7e00 : code;
    if (!Object.is(value, definition(code)) || encodeHalf(value) !== back) wrong++;
  }
  expect(wrong).toBe(0);
});

it('rounds to the nearest code, ties to the even one, next to every half-way point', () => {
  const next = (x: number, direction: number) => {
    const f = Float32Array.of(x);
    new Uint32Array(f.buffer)[0]! += direction;
    return f[0]!;
  };
  let wrong = 0;
  for (let code = 0; code < 0x7bff; code++) {
    const middle = (definition(code) + definition(code + 1)) / 2; // a float32: 12 significant bits
    const even = code % 2 === 0 ? code : code + 1;
    for (const [x, expected] of [
      [next(middle, -1), code],
      [middle, even],
      [next(middle, 1), code + 1],
    ] as const) {
      if (encodeHalf(x) !== expected || encodeHalf(-x) !== expected + 0x8000) wrong++;
    }
  }
  expect(wrong).toBe(0);
});

it('gives Infinity from 65520 on, and the largest half below', () => {
  expect(encodeHalf(65519.99)).toBe(0x7bff);
  expect(encodeHalf(65520)).toBe(0x7c00);
  expect(encodeHalf(-3e38)).toBe(0xfc00);
  expect(encodeHalf(Number.POSITIVE_INFINITY)).toBe(0x7c00);
  expect(encodeHalf(-0)).toBe(0x8000);
});
