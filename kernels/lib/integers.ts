/** Variants whose outputs are integers, which a comparison reads as float64: exact, all of them are below 2^53. */
import type { Prepared } from '../kernel.ts';

export type IntegerArray = Uint8Array | Uint16Array | Int32Array | Uint32Array;

/** What stands where nothing was written, since integers have no NaN: in a byte 0xa5, and no output has so large an integer. */
const UNWRITTEN = 0x5a5a5aa5;

/** What an integer array is overwritten with to see what a run writes. */
export function mark(value: number): number {
  return Number.isNaN(value) ? UNWRITTEN : value;
}

/** `loop` fills `out`. */
export function integerVariant<A extends IntegerArray>(out: A, loop: (out: A) => void): Prepared {
  out.fill(UNWRITTEN);
  return {
    run: () => loop(out),
    read: () => Float64Array.from(out),
    poison: (value) => out.fill(mark(value)),
    dispose: () => {},
  };
}

/**
 * An output whose length depends on the input: `loop` gives it, and fills that much of `out`. It is read as the length, the elements,
 * and zeros up to what `out` has room for.
 */
export function countedVariant<A extends IntegerArray>(out: A, loop: (out: A) => number): Prepared {
  out.fill(UNWRITTEN);
  let count = 0;
  return {
    run: () => {
      count = loop(out);
    },
    read: () => counted(out, count),
    poison: (value) => {
      out.fill(mark(value));
      count = 0;
    },
    dispose: () => {},
  };
}

/** The length, so many elements, and zeros: `1 + items.length` numbers. */
export function counted(items: ArrayLike<number>, count: number, capacity = items.length): Float64Array {
  const out = new Float64Array(1 + capacity);
  out[0] = count;
  for (let i = 0; i < count; i++) out[1 + i] = items[i]!;
  return out;
}

/** `make` gives a new array of `length` numbers at each call, as a function does that has no parameter for its output. */
export function freshVariant(length: number, make: () => ArrayLike<number>): Prepared {
  let out: ArrayLike<number> = new Float64Array(length).fill(Number.NaN);
  return {
    run: () => {
      out = make();
    },
    read: () => Float64Array.from(out),
    poison: (value) => {
      out = new Float64Array(length).fill(value);
    },
    dispose: () => {},
  };
}
