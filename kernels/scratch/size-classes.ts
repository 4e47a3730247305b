import type { Memory } from './layers.ts';

/**
 * A pool whose size classes are the powers of two up to `most`: rounding up wastes at most half, and one length fits what another left.
 * Arrays longer than `most` are made anew each time. What is rented is a view of exactly `n` elements, kept with its class, so that
 * renting the same length again makes nothing.
 */
export function sizeClasses(
  most = Number.POSITIVE_INFINITY,
  least = 1,
): Memory & { free(n: number): number } {
  const shelves = new Map<number, Float32Array[]>();
  const classOf = (n: number) => Math.max(2 ** Math.ceil(Math.log2(n)), least);
  const shelf = (size: number): Float32Array[] => {
    let found = shelves.get(size);
    if (!found) {
      found = [];
      shelves.set(size, found);
    }
    return found;
  };
  return {
    rent(n) {
      const size = classOf(n);
      const array = size <= most ? shelf(size).pop() : undefined;
      if (array?.length === n) return array;
      return new Float32Array(array?.buffer ?? new ArrayBuffer(4 * size), 0, n);
    },
    giveBack(array) {
      const size = array.buffer.byteLength / 4;
      if (size <= most) shelf(size).push(array);
    },
    free: (n) => shelf(classOf(n)).length,
  };
}
