import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { DotInput, DotShape } from './index.ts';

/** Four elements a step into one sum, in float64: fewer tests of the loop's end, and the same chain of additions. */
export function dotSerial(a: Float32Array, b: Float32Array): number {
  const end = a.length & ~3;
  let sum = 0;
  let i = 0;
  for (; i < end; i += 4) {
    sum += a[i]! * b[i]!;
    sum += a[i + 1]! * b[i + 1]!;
    sum += a[i + 2]! * b[i + 2]!;
    sum += a[i + 3]! * b[i + 3]!;
  }
  for (; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Four sums in float64 over elements [from, to), so that four additions are under way at a time. */
export function dot4(a: Float32Array, b: Float32Array, from: number, to: number): number {
  const end = from + ((to - from) & ~3);
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = from;
  for (; i < end; i += 4) {
    s0 += a[i]! * b[i]!;
    s1 += a[i + 1]! * b[i + 1]!;
    s2 += a[i + 2]! * b[i + 2]!;
    s3 += a[i + 3]! * b[i + 3]!;
  }
  for (; i < to; i++) s0 += a[i]! * b[i]!;
  return s0 + s1 + (s2 + s3);
}

/** Eight sums in float64. */
export function dot8(a: Float32Array, b: Float32Array): number {
  const end = a.length & ~7;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let s4 = 0;
  let s5 = 0;
  let s6 = 0;
  let s7 = 0;
  let i = 0;
  for (; i < end; i += 8) {
    s0 += a[i]! * b[i]!;
    s1 += a[i + 1]! * b[i + 1]!;
    s2 += a[i + 2]! * b[i + 2]!;
    s3 += a[i + 3]! * b[i + 3]!;
    s4 += a[i + 4]! * b[i + 4]!;
    s5 += a[i + 5]! * b[i + 5]!;
    s6 += a[i + 6]! * b[i + 6]!;
    s7 += a[i + 7]! * b[i + 7]!;
  }
  for (; i < a.length; i++) s0 += a[i]! * b[i]!;
  return s0 + s1 + (s2 + s3) + (s4 + s5 + (s6 + s7));
}

export const serial = defineVariant<DotInput, DotShape>({
  name: 'unrolled-serial',
  backend: 'js',
  exhibit: true,
  idea: 'four elements a step into one sum, often published as "SIMD": no lane is wider, and the chain of additions is as long as before',
  ledger: ['S3-34', 'S3-35'],
  prepare: ({ a, b }) =>
    jsVariant(1, (out) => {
      out[0] = dotSerial(a, b);
    }),
});

export const unrolled4 = defineVariant<DotInput, DotShape>({
  name: 'unrolled-4',
  backend: 'js',
  idea: 'four sums side by side: an addition need not wait for the one before, which helps short vectors; in long ones the checks of four indices cost what is gained',
  ledger: ['S3-35', 'S2-2', 'S2-3'],
  prepare: ({ a, b }, { N }) =>
    jsVariant(1, (out) => {
      out[0] = dot4(a, b, 0, N);
    }),
});

export const unrolled8 = defineVariant<DotInput, DotShape>({
  name: 'unrolled-8',
  backend: 'js',
  idea: 'eight sums side by side: no faster than one in JavaScript, where loading, checking and converting an element take longer than an addition',
  ledger: ['S3-35', 'S2-3'],
  prepare: ({ a, b }) =>
    jsVariant(1, (out) => {
      out[0] = dot8(a, b);
    }),
});
