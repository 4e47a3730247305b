import type { Reference } from '../kernel.ts';
import type { EinsumInput, EinsumShape } from './index.ts';

/**
 * The definition in float64: every letter takes every value, and each product goes where the output's letters say. `scale` is
 * √n · Σ|a · b| of the n products of an element, by which rounding errors of a sum grow, and the least denormal float32.
 */
export function einsumReference({ a, b }: EinsumInput, shape: EinsumShape): Reference {
  const [inA, inB, inOut] = shape.spec.split('.') as [string, string, string];
  const extent = (letter: string) => shape[letter.toUpperCase()] as number;
  const letters = [...new Set(inA + inB)];
  const position = new Map<string, number>();
  const at = (order: string) => {
    let index = 0;
    for (const letter of order) index = index * extent(letter) + position.get(letter)!;
    return index;
  };
  const length = [...inOut].reduce((n, letter) => n * extent(letter), 1);
  const values = new Float64Array(length);
  const scale = new Float64Array(length);
  const visit = (depth: number): void => {
    const letter = letters[depth];
    if (letter === undefined) {
      const product = a[at(inA)]! * b[at(inB)]!;
      const index = at(inOut);
      values[index]! += product;
      scale[index]! += Math.abs(product);
      return;
    }
    for (let i = 0; i < extent(letter); i++) {
      position.set(letter, i);
      visit(depth + 1);
    }
  };
  visit(0);
  const n = letters.reduce((all, letter) => all * extent(letter), 1) / length;
  return { values, scale: scale.map((v) => Math.sqrt(n) * v + n * 2 ** -126) };
}
