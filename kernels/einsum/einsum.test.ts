import { expect, it } from 'vitest';
import { parseSpec, pathOf, planOf } from './plan.ts';

const ATTENTION = [
  'btd.dh.bth',
  'btd.dhe.bhte',
  'bhid.bhjd.bhij',
  'bhij.bhjd.bhid',
  'bhtd.hde.bte',
  'btd.vd.btv',
];

it('every contraction of a transformer is a product of matrices', () => {
  for (const spec of ATTENTION) expect(planOf(parseSpec(spec)), spec).toBeDefined();
});

it('a diagonal, and a letter that one operand alone has, are interpreted', () => {
  for (const spec of ['ii.i.i', 'ijk.jl.il', 'ij.jk.k'])
    expect(planOf(parseSpec(spec)), spec).toBeUndefined();
});

it('the path says what is multiplied and what is permuted', () => {
  const extent = (letter: string) => ({ b: 2, h: 3, i: 4, j: 5, d: 8, t: 7 })[letter]!;
  expect(pathOf('btd.dh.bth', extent)).toBe('a product of 14 × 3, depth 8');
  expect(pathOf('bhid.bhjd.bhij', extent)).toBe('6 products of 4 × 5, depth 8; b permuted, bhjd to bhdj');
  expect(pathOf('bhij.bhjd.bihd', extent)).toBe('6 products of 4 × 8, depth 5; out permuted, bhid to bihd');
});

it('what is no specification is refused in one line', () => {
  for (const [spec, message] of [
    ['ij,jk->ik', 'is no specification'],
    ['ij.jk', 'is no specification'],
    ['i.j.ii', 'a letter twice in its output'],
    ['i.j.ik', 'k of the output is in no operand'],
  ] as const)
    expect(() => parseSpec(spec)).toThrow(message);
});
