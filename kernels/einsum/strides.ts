import type { EinsumShape } from './index.ts';
import { parseSpec } from './plan.ts';

export function sizesOf({ sizes }: EinsumShape): number[] {
  return sizes === '' ? [] : sizes.split('x').map(Number);
}

/** @throws Error in one line where there is not one size for each letter of the specification */
export function checkSizes(shape: EinsumShape): void {
  const { a, b } = parseSpec(shape.spec);
  const sizes = sizesOf(shape);
  const letters = new Set(a + b);
  if (sizes.length !== letters.size || !sizes.every((n) => Number.isSafeInteger(n) && n > 0))
    throw new Error(`einsum: ${shape.spec} needs ${letters.size} sizes, written like 1x16x768x64`);
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
