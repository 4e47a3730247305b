/**
 * Parses the header of a GGUF file from its first bytes. Nothing a file states is believed: each length and count is held
 * against the bytes that the file has left before anything of that size is made.
 */
import {
  align,
  alignmentOf,
  type GgufArray,
  GgufError,
  type GgufValue,
  isNumeric,
  MAGIC,
  type Metadata,
  NUMERIC,
  type NumericType,
  quote,
  READABLE_VERSIONS,
  type TensorInfo,
  VALUE_TYPES,
  type ValueType,
} from './format.ts';
import { dimsProblem, MAX_DIMS, tensorBytes, typeOfId } from './types.ts';

export interface Header {
  readonly version: number;
  readonly alignment: number;
  readonly metadata: Metadata;
  /** By name, in the order of the file. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
}

/** Headers hold vocabularies, 10 MB at most today. What is read into memory is bounded by this and by the file's size. */
const MAX_HEADER = 64 << 20;
/**
 * Strings, arrays, entries and tensors, each of which becomes an object many times its size in the file. The largest vocabularies
 * have 260,000 tokens and twice as many merges.
 */
const MAX_ITEMS = 2_000_000;
/** Arrays of arrays of … metadata; ggml itself reads no nested ones. */
const MAX_DEPTH = 8;

// The least bytes an item takes in the file, which bound how many there can be.
const LEAST_STRING = 8; // length
const LEAST_ARRAY = 12; // element type, count
const LEAST_ENTRY = 8 + 4 + 1; // key, type, value
const LEAST_TENSOR = 8 + 4 + 8 + 4 + 8; // name, number of dimensions, one dimension, type, offset

/** Thrown inside when the header goes on behind the bytes at hand. */
class NeedsMore {
  readonly bytes: number;

  constructor(bytes: number) {
    this.bytes = bytes;
  }
}

/**
 * @param bytes the beginning of the file
 * @param size of the whole file
 * @returns the header, or at least how many bytes of the file are needed to parse it
 * @throws GgufError where the file is malformed
 */
export function parseHeader(file: string, bytes: Uint8Array, size: number): Header | number {
  try {
    return parse(new Cursor(file, bytes, size));
  } catch (error) {
    if (error instanceof NeedsMore) return error.bytes;
    throw error;
  }
}

function parse(cursor: Cursor): Header {
  if (cursor.u32('the magic') !== MAGIC)
    throw cursor.error('is no GGUF file (its first bytes are not "GGUF")');
  const version = cursor.u32('the version');
  if (!READABLE_VERSIONS.includes(version)) {
    const bigEndian = version !== 0 && (version & 0xffff) === 0 ? ' (a big-endian file?)' : '';
    throw cursor.error(
      `has version ${version}${bigEndian}; only ${READABLE_VERSIONS.join(' and ')} can be read`,
    );
  }
  const tensorCount = cursor.count('tensors', LEAST_TENSOR);
  const metadata = parseMetadata(cursor, cursor.count('metadata entries', LEAST_ENTRY));
  const alignment = alignmentOf(metadata);
  if (typeof alignment !== 'number') throw cursor.error(alignment.problem);
  const tensors = parseTensors(cursor, tensorCount);
  return { version, alignment, metadata, tensors: place(cursor, tensors, alignment) };
}

function parseMetadata(cursor: Cursor, count: number): Metadata {
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < count; i++) {
    const key = cursor.name(`key ${i} of the metadata`);
    if (metadata.has(key)) throw cursor.error(`has the metadata key ${quote(key)} twice`);
    const what = `the value of ${quote(key)}`;
    const type = cursor.valueType(what);
    metadata.set(key, parseValue(cursor, type, what));
  }
  return metadata;
}

function parseValue(cursor: Cursor, type: ValueType, what: string): GgufValue {
  if (type === 'array') return parseArray(cursor, what, 1);
  if (type === 'string') return { type, value: cursor.string(what) };
  if (type === 'bool') return { type, value: cursor.bools(1, what)[0] === 1 };
  return { type, value: cursor.numbers(type, 1, what)[0] } as GgufValue;
}

function parseArray(cursor: Cursor, what: string, depth: number): GgufArray {
  if (depth > MAX_DEPTH) throw cursor.error(`${what} has arrays nested more than ${MAX_DEPTH} deep`);
  const type = 'array';
  const of = cursor.valueType(what);
  if (isNumeric(of)) {
    const n = cursor.length(`numbers in ${what}`, NUMERIC[of].BYTES_PER_ELEMENT);
    return { type, of, value: cursor.numbers(of, n, what) } as GgufArray;
  }
  if (of === 'bool') return { type, of, value: cursor.bools(cursor.length(`bools in ${what}`, 1), what) };
  const n = cursor.count(`elements in ${what}`, of === 'string' ? LEAST_STRING : LEAST_ARRAY);
  const list = <T>(item: () => T): T[] => Array.from({ length: n }, item);
  if (of === 'string') return { type, of, value: list(() => cursor.string(what)) };
  return { type, of, value: list(() => parseArray(cursor, what, depth + 1)) };
}

/** Tensor infos with offsets as the file has them, from the beginning of the data. */
function parseTensors(cursor: Cursor, count: number): Map<string, TensorInfo> {
  const tensors = new Map<string, TensorInfo>();
  for (let i = 0; i < count; i++) {
    const name = cursor.name(`the name of tensor ${i}`);
    const what = `tensor ${quote(name)}`;
    if (tensors.has(name)) throw cursor.error(`has ${what} twice`);
    const dimCount = cursor.u32(what);
    if (dimCount < 1 || dimCount > MAX_DIMS)
      throw cursor.error(`${what} has ${dimCount} dimensions, not 1 to ${MAX_DIMS}`);
    const dims = Array.from({ length: dimCount }, () => cursor.u64(`a dimension of ${what}`)).reverse();
    const id = cursor.u32(what);
    const type = typeOfId(id);
    if (type === undefined) throw cursor.error(`${what} has the unknown type ${id}`);
    const problem = dimsProblem(type, dims);
    if (problem !== undefined) throw cursor.error(`${what} ${problem}`);
    const offset = cursor.u64(`the offset of ${what}`);
    tensors.set(name, { name, type, dims, offset, bytes: tensorBytes(type, dims) });
  }
  return tensors;
}

/** The tensors with offsets from the beginning of the file, all inside it and none over another. */
function place(
  cursor: Cursor,
  tensors: ReadonlyMap<string, TensorInfo>,
  alignment: number,
): Map<string, TensorInfo> {
  const start = align(cursor.at, alignment);
  const placed = new Map<string, TensorInfo>();
  for (const tensor of tensors.values()) {
    const what = `tensor ${quote(tensor.name)}`;
    if (tensor.offset % alignment !== 0)
      throw cursor.error(`${what} has the offset ${tensor.offset}, which is no multiple of ${alignment}`);
    const offset = start + tensor.offset;
    if (offset + tensor.bytes > cursor.size)
      throw cursor.error(
        `${what} ends at byte ${offset + tensor.bytes}, but the file has ${cursor.size} (truncated?)`,
      );
    placed.set(tensor.name, { ...tensor, offset });
  }
  const inOrder = [...placed.values()].sort((a, b) => a.offset - b.offset);
  for (const [i, tensor] of inOrder.entries()) {
    const next = inOrder[i + 1];
    if (next && tensor.offset + tensor.bytes > next.offset)
      throw cursor.error(`tensors ${quote(tensor.name)} and ${quote(next.name)} overlap`);
  }
  return placed;
}

/** For names, which must be told apart: no byte may be lost. */
const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** For values: some vocabularies hold tokens that are no whole characters, which become U+FFFD. */
const LENIENT = new TextDecoder('utf-8', { ignoreBOM: true });

class Cursor {
  at = 0;
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly size: number;
  readonly #view: DataView;
  #items = 0;

  constructor(file: string, bytes: Uint8Array, size: number) {
    this.file = file;
    this.bytes = bytes;
    this.size = size;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  error(problem: string): GgufError {
    return new GgufError(this.file, problem);
  }

  u32(what: string): number {
    return this.#view.getUint32(this.#take(4, what), true);
  }

  u64(what: string): number {
    const value = this.#view.getBigUint64(this.#take(8, what), true);
    if (value > Number.MAX_SAFE_INTEGER)
      throw this.error(`${what}, at byte ${this.at - 8}, is ${value}, which is beyond any file's size`);
    return Number(value);
  }

  /** A number of items of at least `least` bytes each, which must fit the rest of the file. */
  length(items: string, least: number): number {
    const n = this.u64(`the number of ${items}`);
    const left = this.size - this.at;
    if (n * least > left)
      throw this.error(`says it has ${n} ${items}, but only ${left} bytes are left for them (truncated?)`);
    return n;
  }

  /** The same of items that each become an object. */
  count(items: string, least: number): number {
    const n = this.length(items, least);
    this.#items += n;
    if (this.#items > MAX_ITEMS)
      throw this.error(`says it has ${n} ${items}; more than ${MAX_ITEMS} things in a header are not read`);
    return n;
  }

  valueType(what: string): ValueType {
    const id = this.u32(what);
    const type = VALUE_TYPES[id];
    if (type === undefined) throw this.error(`${what} has the unknown type ${id}`);
    return type;
  }

  string(what: string): string {
    return LENIENT.decode(this.#text(what));
  }

  name(what: string): string {
    const at = this.at;
    const text = this.#text(what);
    try {
      return STRICT.decode(text);
    } catch {
      throw this.error(`${what}, at byte ${at}, is not UTF-8`);
    }
  }

  bools(n: number, what: string): Uint8Array {
    const at = this.#take(n, what);
    const bools = this.bytes.slice(at, at + n);
    const wrong = bools.find((byte) => byte > 1);
    if (wrong !== undefined) throw this.error(`${what} is or has ${wrong}, which is no bool`);
    return bools;
  }

  numbers(type: NumericType, n: number, what: string): InstanceType<(typeof NUMERIC)[NumericType]> {
    const length = n * NUMERIC[type].BYTES_PER_ELEMENT;
    const at = this.#take(length, what);
    // A copy, because values are not aligned in the file.
    return new NUMERIC[type](this.bytes.slice(at, at + length).buffer as ArrayBuffer);
  }

  #text(what: string): Uint8Array {
    const length = this.u64(`the length of ${what}`);
    const at = this.#take(length, what);
    return this.bytes.subarray(at, at + length);
  }

  /** Moves over `n` bytes and gives where they begin. */
  #take(n: number, what: string): number {
    const { at } = this;
    const end = at + n;
    if (end > this.size)
      throw this.error(
        `is truncated: ${what}, at byte ${at}, needs ${n} bytes and ${this.size - at} are left`,
      );
    if (end > MAX_HEADER) throw this.error(`has a header of more than ${MAX_HEADER >> 20} MiB (${what})`);
    if (end > this.bytes.length) throw new NeedsMore(end);
    this.at = end;
    return at;
  }
}
