import {
  align,
  alignmentOf,
  type GgufArray,
  GgufError,
  type GgufValue,
  MAGIC,
  type Metadata,
  NUMERIC,
  type NumericType,
  quote,
  VALUE_TYPES,
  type ValueType,
  VERSION,
} from './format.ts';
import { dimsProblem, GGML_TYPES, type GgmlType, tensorBytes } from './types.ts';

/** A tensor to be written. */
export interface GgufTensor {
  readonly name: string;
  readonly type: GgmlType;
  /** Row-major, `[rows, columns]`. */
  readonly dims: readonly number[];
  /** Its bytes in pieces of any size, made when their turn comes. */
  data(): Iterable<Uint8Array>;
}

/** A file to be written. */
export interface GgufContent {
  readonly metadata: Metadata;
  readonly tensors: readonly GgufTensor[];
}

/** ggml keeps names in 64 bytes, the terminating zero among them. */
const MAX_NAME = 63;

/**
 * The bytes of a GGUF file (version 3, little-endian) in pieces: the header, then the tensors in the given order, so that
 * no more than a piece is in memory.
 * @param file name for error messages
 * @throws GgufError where the content cannot be written as it is
 */
export function* serializeGguf(file: string, { metadata, tensors }: GgufContent): Generator<Uint8Array> {
  const alignment = alignmentOf(metadata);
  if (typeof alignment !== 'number') throw new GgufError(file, alignment.problem);
  const header = serializeHeader(file, metadata, tensors, alignment);
  yield header;
  yield new Uint8Array(align(header.length, alignment) - header.length);
  for (const tensor of tensors) {
    const bytes = tensorBytes(tensor.type, tensor.dims);
    let written = 0;
    for (const piece of tensor.data()) {
      written += piece.length;
      if (written > bytes) break;
      yield piece;
    }
    if (written !== bytes)
      throw new GgufError(
        file,
        `the data of tensor ${quote(tensor.name)} has ${written > bytes ? 'more than ' : `${written} bytes, not `}${bytes} bytes`,
      );
    yield new Uint8Array(align(bytes, alignment) - bytes);
  }
}

function serializeHeader(
  file: string,
  metadata: Metadata,
  tensors: readonly GgufTensor[],
  alignment: number,
): Uint8Array {
  const out = new Bytes(file);
  out.u32(MAGIC);
  out.u32(VERSION);
  out.u64(tensors.length);
  out.u64(metadata.size);
  for (const [key, value] of metadata) {
    out.text(key);
    out.valueType(value.type);
    writeValue(out, value, quote(key));
  }
  const names = new Set<string>();
  let offset = 0;
  for (const { name, type, dims } of tensors) {
    const problem = dimsProblem(type, dims);
    if (problem !== undefined) throw new GgufError(file, `tensor ${quote(name)} ${problem}`);
    if (names.has(name)) throw new GgufError(file, `has tensor ${quote(name)} twice`);
    names.add(name);
    if (out.text(name) > MAX_NAME)
      throw new GgufError(file, `the name of tensor ${quote(name)} is longer than ${MAX_NAME} bytes`);
    out.u32(dims.length);
    for (const n of [...dims].reverse()) out.u64(n);
    out.u32(GGML_TYPES[type].id);
    out.u64(offset);
    offset += align(tensorBytes(type, dims), alignment);
  }
  return out.finish();
}

function writeValue(out: Bytes, value: GgufValue, what: string): void {
  if (value.type === 'array') writeArray(out, value, what);
  else if (value.type === 'string') out.text(value.value);
  else if (value.type === 'bool') out.numbers('uint8', [value.value ? 1 : 0], what);
  else out.numbers(value.type, [value.value], what);
}

function writeArray(out: Bytes, array: GgufArray, what: string): void {
  out.valueType(array.of);
  out.u64(array.value.length);
  if (array.of === 'string') for (const text of array.value) out.text(text);
  else if (array.of === 'array') for (const inner of array.value) writeArray(out, inner, what);
  else if (array.of === 'bool') {
    const bytes = array.value.map((bool) => (bool === 0 ? 0 : 1));
    out.numbers('uint8', bytes, what);
  } else out.numbers(array.of, array.value as ArrayLike<number | bigint>, what);
}

/** A buffer that grows. */
class Bytes {
  readonly #file: string;
  #bytes = new Uint8Array(1 << 16);
  #length = 0;

  constructor(file: string) {
    this.#file = file;
  }

  u32(value: number): void {
    this.numbers('uint32', [value], 'a count');
  }

  u64(value: number): void {
    this.numbers('uint64', [BigInt(value)], 'a count');
  }

  valueType(type: ValueType): void {
    this.u32(VALUE_TYPES.indexOf(type));
  }

  /** Length and UTF-8 bytes. @returns the length */
  text(text: string): number {
    const bytes = new TextEncoder().encode(text);
    this.u64(bytes.length);
    this.#append(bytes);
    return bytes.length;
  }

  numbers(type: NumericType, values: ArrayLike<number | bigint>, what: string): void {
    // The constructor of a numeric array takes the values of its own type; a wrong one throws or fails the check below.
    const array = new NUMERIC[type](values as never);
    if (type !== 'float32' && type !== 'float64') {
      // Typed arrays wrap and truncate silently.
      for (let i = 0; i < array.length; i++)
        if (array[i] !== values[i])
          throw new GgufError(this.#file, `${what}: ${values[i]} does not fit ${type}`);
    }
    this.#append(new Uint8Array(array.buffer));
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #append(bytes: Uint8Array): void {
    const end = this.#length + bytes.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = end;
  }
}
