import {
  GgufError,
  type GgufValue,
  isNumeric,
  type Metadata,
  type NUMERIC,
  type NumericType,
  quote,
  type TensorInfo,
} from './format.ts';
import { type Header, parseHeader } from './header.ts';

/** Where the bytes of a file come from: a file, a Blob, ranges of a download. */
export interface GgufSource {
  /** For error messages. */
  readonly name: string;
  /** Bytes of the whole file. */
  readonly size: number;
  /** `length` bytes from `offset`; both lie inside the file. Fewer where the file has become shorter. */
  read(offset: number, length: number): Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>;
  /** The same to memory that is there, as long as that is; where it is missing, {@link read} does it. @returns how many bytes it gave */
  readInto?(offset: number, to: Uint8Array<ArrayBuffer>): number | Promise<number>;
  close?(): Promise<void>;
}

/** A file in memory. */
export function memorySource(name: string, bytes: Uint8Array<ArrayBuffer>): GgufSource {
  return {
    name,
    size: bytes.length,
    read: (offset, length) => bytes.slice(offset, offset + length),
    readInto(offset, to) {
      to.set(bytes.subarray(offset, offset + to.length));
      return to.length;
    },
  };
}

/** Of a whole file that is passed on: few calls, and little memory. */
const PIECE = 16 << 20;

/** Enough for a header without a vocabulary, and read in a millisecond. */
const FIRST_READ = 1 << 20;

/**
 * Reads the header; tensors stay where they are until they are asked for.
 * @param firstRead bytes to begin with; more are read where the header is longer
 * @throws GgufError where the file is malformed
 */
export async function openGguf(source: GgufSource, firstRead = FIRST_READ): Promise<Gguf> {
  for (let length = Math.min(firstRead, source.size); ; ) {
    const header = parseHeader(source.name, await readExactly(source, 0, length), source.size);
    if (typeof header !== 'number') return new Gguf(source, header);
    // At least doubled: parsing begins anew each time.
    length = Math.min(source.size, Math.max(2 * length, header));
  }
}

async function readExactly(source: GgufSource, offset: number, length: number) {
  const bytes = await source.read(offset, length);
  expectAll(source, offset, bytes.length, length);
  return bytes;
}

function expectAll({ name }: GgufSource, offset: number, given: number, length: number): void {
  if (given !== length)
    throw new GgufError(name, `gave ${given} of ${length} bytes at ${offset}: has it been cut?`);
}

/** An open GGUF file. */
export class Gguf {
  readonly #source: GgufSource;
  readonly version: number;
  /** Tensors start at multiples of it. */
  readonly alignment: number;
  readonly metadata: Metadata;
  /** By name, in the order of the file. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;

  /** For error messages. */
  get name(): string {
    return this.#source.name;
  }

  constructor(source: GgufSource, header: Header) {
    this.#source = source;
    this.version = header.version;
    this.alignment = header.alignment;
    this.metadata = header.metadata;
    this.tensors = header.tensors;
  }

  /** The bytes of one tensor as the file stores them, in memory of their own. */
  async read(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const { offset, bytes } = this.tensor(name);
    return readExactly(this.#source, offset, bytes);
  }

  /**
   * Bytes of one tensor, from its byte `from` on, to memory that is there: a tensor goes through little of it, piece by piece.
   * @throws RangeError where the tensor has not so many, GgufError where the file has become shorter
   */
  async readInto(name: string, from: number, to: Uint8Array<ArrayBuffer>): Promise<void> {
    const { offset, bytes } = this.tensor(name);
    if (!(from >= 0 && from + to.length <= bytes))
      throw new RangeError(`${to.length} bytes from ${from} on, of the ${bytes} of ${quote(name)}`);
    const source = this.#source;
    if (!source.readInto) {
      to.set(await readExactly(source, offset + from, to.length));
      return;
    }
    expectAll(source, offset + from, await source.readInto(offset + from, to), to.length);
  }

  /** The whole file from its first byte on, in pieces of at most {@link PIECE} bytes. @throws GgufError where it has become shorter */
  async *file(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const { size } = this.#source;
    for (let at = 0; at < size; at += PIECE)
      yield await readExactly(this.#source, at, Math.min(PIECE, size - at));
  }

  /** @throws GgufError where there is none of that name */
  tensor(name: string): TensorInfo {
    const info = this.tensors.get(name);
    if (!info) throw this.error(`has no tensor ${quote(name)}`);
    return info;
  }

  /** A metadata value of any numeric type. @throws GgufError where it is missing, or of another type */
  number(key: string): number {
    const { type, value } = this.#value(key);
    if (typeof value === 'number') return value;
    if (typeof value !== 'bigint') throw this.error(`${quote(key)} is of type ${type}, not a number`);
    if (!Number.isSafeInteger(Number(value))) throw this.error(`${quote(key)} is beyond 2^53: ${value}`);
    return Number(value);
  }

  /** A metadata string. @throws GgufError where it is missing, or of another type */
  string(key: string): string {
    const { type, value } = this.#value(key);
    if (typeof value === 'string') return value;
    throw this.error(`${quote(key)} is of type ${type}, not a string`);
  }

  /** A metadata bool. @throws GgufError where it is missing, or of another type */
  bool(key: string): boolean {
    const { type, value } = this.#value(key);
    if (typeof value === 'boolean') return value;
    throw this.error(`${quote(key)} is of type ${type}, not a bool`);
  }

  /** A metadata array of strings. @throws GgufError where it is missing, or of another type */
  strings(key: string): readonly string[] {
    const value = this.#value(key);
    if (value.type === 'array' && value.of === 'string') return value.value;
    throw this.error(`${quote(key)} is of type ${typeName(value)}, not an array of strings`);
  }

  /** A metadata array of numbers of at most 32 bits, or float64. @throws GgufError where it is missing, or of another type */
  numbers(key: string): ArrayLike<number> {
    const value = this.#value(key);
    if (value.type === 'array' && isNumeric(value.of)) {
      const numbers = value.value as InstanceType<(typeof NUMERIC)[NumericType]>;
      if (!(numbers instanceof BigInt64Array || numbers instanceof BigUint64Array)) return numbers;
    }
    throw this.error(`${quote(key)} is of type ${typeName(value)}, not an array of numbers`);
  }

  /** What is wrong with this file. */
  error(problem: string): GgufError {
    return new GgufError(this.#source.name, problem);
  }

  async close(): Promise<void> {
    await this.#source.close?.();
  }

  #value(key: string): GgufValue {
    const value = this.metadata.get(key);
    if (!value) throw this.error(`has no metadata key ${quote(key)}`);
    return value;
  }
}

function typeName(value: GgufValue): string {
  return value.type === 'array' ? `array of ${value.of}` : value.type;
}
