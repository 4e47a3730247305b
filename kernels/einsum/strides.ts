import type { EinsumShape } from './index.ts';

/** The extent of a letter: a shape has it under the capital. */
export function extentsOf(shape: EinsumShape): (letter: string) => number {
  return (letter) => shape[letter.toUpperCase()] as number;
}

/** Elements of a tensor. */
export function sizeOf(letters: string, shape: EinsumShape): number {
  return [...letters].reduce((n, letter) => n * extentsOf(shape)(letter), 1);
}

/** Elements between neighbours along each of `letters` in a row-major tensor whose letters are `order`; of a repeated one their sum. */
export function stridesOf(order: string, letters: string, extent: (letter: string) => number): number[] {
  return [...letters].map((letter) => {
    let stride = 1;
    let sum = 0;
    for (const at of [...order].reverse()) {
      if (at === letter) sum += stride;
      stride *= extent(at);
    }
    return sum;
  });
}
