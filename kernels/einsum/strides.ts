import type { EinsumShape } from './index.ts';

export function sizesOf({ sizes }: EinsumShape): number[] {
  return sizes === '' ? [] : sizes.split('x').map(Number);
}

/** The extent of a letter: sizes are in the order in which letters first appear. */
export function extentsOf(shape: EinsumShape): (letter: string) => number {
  const letters = [...new Set(shape.spec.replaceAll('.', ''))];
  const sizes = sizesOf(shape);
  return (letter) => sizes[letters.indexOf(letter)]!;
}

/** Elements of a tensor. */
export function sizeOf(letters: string, shape: EinsumShape): number {
  const extent = extentsOf(shape);
  return [...letters].reduce((n, letter) => n * extent(letter), 1);
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
