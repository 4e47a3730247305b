import type { Reference } from '../kernel.ts';
import type { EinsumInput, EinsumShape } from './index.ts';

/**
 * The definition in float64: every letter takes every value, and each product goes where the output's letters say. `scale` is
 * √n · Σ|a · b| of the n products of an element, by which rounding errors of a sum grow, and the least denormal float32.
 */
export function einsumReference({ a, b }: EinsumInput, shape: EinsumShape): Reference {
  const [inA, inB, inOut] = shape.spec.split('.') as [string, string, string];
  const letters = [...new Set(inA + inB)];
  const sizes = shape.sizes.split('x').map(Number);
  const extent = (letter: string) => sizes[letters.indexOf(letter)]!;
  // By how much a letter's step moves the flat index: the product of the extents behind each of its places, added up.
  const stride = (order: string, letter: string) =>
    [...order].reduce((sum, l, i) => {
      const behind = [...order.slice(i + 1)].reduce((product, m) => product * extent(m), 1);
      return l === letter ? sum + behind : sum;
    }, 0);
  const length = [...inOut].reduce((product, letter) => product * extent(letter), 1);
  const values = new Float64Array(length);
  const scale = new Float64Array(length);
  const loops = letters.map((l) => ({
    n: extent(l),
    a: stride(inA, l),
    b: stride(inB, l),
    out: stride(inOut, l),
  }));
  const visit = (depth: number, p: number, q: number, o: number): void => {
    const loop = loops[depth];
    if (loop === undefined) {
      const product = a[p]! * b[q]!;
      values[o]! += product;
      scale[o]! += Math.abs(product);
      return;
    }
    for (let i = 0; i < loop.n; i++) visit(depth + 1, p + i * loop.a, q + i * loop.b, o + i * loop.out);
  };
  visit(0, 0, 0, 0);
  const n = letters.reduce((all, letter) => all * extent(letter), 1) / length;
  return { values, scale: scale.map((v) => Math.sqrt(n) * v + n * 2 ** -126) };
}
