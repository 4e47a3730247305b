/** Inputs that show what a variant does to them, and around them. */

import type { FloatArray } from '../kernel.ts';

type TypedArray =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** Bytes on either side of an array: a cache line, so that the array keeps the alignment it had. */
const GUARD = 64;
/** Not 0 and not 0xff, which overruns often write. */
const SENTINEL = 0xc5;
/** What stands in an input while its output is read: as a float32 1.5e16, as a byte 90. */
const SCRAMBLED = 0x5a;

interface GuardedArray {
  /** Where in the input: `x`, `blocks`; empty when the input is the array itself. */
  readonly path: string;
  readonly original: Uint8Array;
  readonly copy: Uint8Array;
  /** The whole buffer that `copy` stands in. */
  readonly all: Uint8Array;
}

/** An input for a variant, and the untouched original for the reference and for messages. */
export interface GuardedInput {
  readonly original: unknown;
  /** The same, with every typed array in the middle of a larger buffer of its own. */
  readonly input: unknown;
  /** What the variant has done to the input or beside it, or undefined. */
  damage(): string | undefined;
  /** Share of denormals among the floating-point numbers of the input. */
  denormals(): number;
  /** Overwrites the input: what is computed only now, from the input itself, comes out wrong. */
  scramble(): void;
  restore(): void;
}

/** Typed arrays in plain objects and arrays are guarded; everything else is passed on as it is. */
export function guarded(original: unknown): GuardedInput {
  const arrays: GuardedArray[] = [];
  const floats: FloatArray[] = [];
  const visit = (value: unknown, path: string): unknown => {
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
      const { copy, ...rest } = surround(value as TypedArray);
      if (copy instanceof Float32Array || copy instanceof Float64Array) floats.push(copy);
      arrays.push({ path, ...rest, copy: bytesOf(copy) });
      return copy;
    }
    if (Array.isArray(value)) return value.map((item, i) => visit(item, `${path}[${i}]`));
    if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, visit(item, path ? `${path}.${key}` : key)]),
      );
    }
    return value;
  };
  const input = visit(original, '');
  return {
    original,
    input,
    damage() {
      for (const { path, original, copy, all } of arrays) {
        const named = path ? `its input ${path}` : 'its input';
        const changed = firstDifference(original, copy);
        if (changed >= 0) return `changes ${named}, first at byte ${changed} of ${copy.length}`;
        const before = all.subarray(0, GUARD).findIndex((byte) => byte !== SENTINEL);
        if (before >= 0) return `writes past an array: ${GUARD - before} bytes before the start of ${named}`;
        const after = all.subarray(GUARD + copy.length).findLastIndex((byte) => byte !== SENTINEL);
        if (after >= 0) return `writes past an array: ${after + 1} bytes behind the end of ${named}`;
      }
      return undefined;
    },
    denormals: () => denormalShare(floats),
    scramble: () => {
      for (const { copy } of arrays) copy.fill(SCRAMBLED);
    },
    restore: () => {
      for (const { copy, original } of arrays) copy.set(original);
    },
  };
}

/** Share of float32 denormals: arithmetic on them is up to 100 times slower. */
export function denormalShare(arrays: readonly FloatArray[]): number {
  let found = 0;
  let all = 0;
  for (const array of arrays) {
    all += array.length;
    for (let i = 0; i < array.length; i++) {
      const magnitude = Math.abs(array[i]!);
      if (magnitude > 0 && magnitude < 2 ** -126) found++;
    }
  }
  return all === 0 ? 0 : found / all;
}

function surround(array: TypedArray) {
  const size = array.byteLength + 2 * GUARD;
  const buffer = array.buffer instanceof ArrayBuffer ? new ArrayBuffer(size) : new SharedArrayBuffer(size);
  const all = new Uint8Array(buffer).fill(SENTINEL);
  const type = array.constructor as new (
    buffer: ArrayBufferLike,
    offset: number,
    length: number,
  ) => TypedArray;
  const copy = new type(buffer, GUARD, array.length);
  const original = bytesOf(array);
  bytesOf(copy).set(original);
  return { original, copy, all };
}

function bytesOf(array: TypedArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** Index of the first byte that differs, or −1. Whole words first: inputs have up to hundreds of megabytes. */
function firstDifference(a: Uint8Array, b: Uint8Array): number {
  let i = 0;
  if (a.byteOffset % 4 === 0 && b.byteOffset % 4 === 0) {
    const words = a.length >> 2;
    const x = new Int32Array(a.buffer, a.byteOffset, words);
    const y = new Int32Array(b.buffer, b.byteOffset, words);
    while (i < words && x[i] === y[i]) i++;
    i *= 4;
  }
  while (i < a.length && a[i] === b[i]) i++;
  return i < a.length ? i : -1;
}
