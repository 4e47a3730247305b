/**
 * What a GGUF file consists of (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3,
 * little-endian): magic, version, counts, metadata, tensor infos, and from the next multiple of the alignment the tensors.
 */
import type { GgmlType } from './types.ts';

/** A file that is no well-formed GGUF file, or cannot be made one: one line with the file's name and what is wrong. */
export class GgufError extends Error {
  override readonly name = 'GgufError';
  readonly file: string;
  readonly problem: string;

  constructor(file: string, problem: string) {
    super(`${file}: ${problem}`);
    this.file = file;
    this.problem = problem;
  }
}

/** A name from a file as it stands in an error: one short line, whatever the file holds. */
export function quote(name: string): string {
  const short = name.length > 60 ? `${name.slice(0, 60)}…` : name;
  return `"${short.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\ufffd')}"`;
}

/** "GGUF" as a little-endian word. */
export const MAGIC = 0x46554747;
/** What is written. */
export const VERSION = 3;
/** 1 had 32-bit counts; 2 differs from 3 only in that 3 may also be big-endian, which is not read here. */
export const READABLE_VERSIONS: readonly number[] = [2, 3];
export const ALIGNMENT_KEY = 'general.alignment';
export const DEFAULT_ALIGNMENT = 32;

/** Numbers in the file of the types of a metadata value: the place in this list. */
export const VALUE_TYPES = [
  'uint8',
  'int8',
  'uint16',
  'int16',
  'uint32',
  'int32',
  'float32',
  'bool',
  'string',
  'array',
  'uint64',
  'int64',
  'float64',
] as const;
export type ValueType = (typeof VALUE_TYPES)[number];

/** The typed array that holds values of a numeric type, which is also how one of them is read and written. */
export const NUMERIC = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
  float64: Float64Array,
} as const satisfies Partial<Record<ValueType, unknown>>;
export type NumericType = keyof typeof NUMERIC;

export function isNumeric(type: ValueType): type is NumericType {
  return Object.hasOwn(NUMERIC, type);
}

type Numbers = { [T in NumericType]: { type: T; value: InstanceType<(typeof NUMERIC)[T]>[number] } };
type Arrays = { [T in NumericType]: { type: 'array'; of: T; value: InstanceType<(typeof NUMERIC)[T]> } };

/** An array of a metadata value: numbers as a typed array, bools as bytes 0 and 1. */
export type GgufArray = Readonly<
  | Arrays[NumericType]
  | { type: 'array'; of: 'bool'; value: Uint8Array }
  | { type: 'array'; of: 'string'; value: readonly string[] }
  | { type: 'array'; of: 'array'; value: readonly GgufArray[] }
>;

/** A metadata value with its type in the file; 64-bit integers are bigints. */
export type GgufValue =
  | Readonly<Numbers[NumericType]>
  | Readonly<{ type: 'bool'; value: boolean }>
  | Readonly<{ type: 'string'; value: string }>
  | GgufArray;

/** In the order of the file. */
export type Metadata = ReadonlyMap<string, GgufValue>;

/** A tensor in a file. */
export interface TensorInfo {
  readonly name: string;
  readonly type: GgmlType;
  /** Row-major, `[rows, columns]`: the file has them the other way round. */
  readonly dims: readonly number[];
  /** First byte, from the beginning of the file. */
  readonly offset: number;
  readonly bytes: number;
}

/** The next multiple of `alignment` at or after `at`. */
export function align(at: number, alignment: number): number {
  return Math.ceil(at / alignment) * alignment;
}

/** What is wrong with the alignment that the metadata states, or the alignment. */
export function alignmentOf(metadata: Metadata): number | { problem: string } {
  const value = metadata.get(ALIGNMENT_KEY);
  if (value === undefined) return DEFAULT_ALIGNMENT;
  if (value.type !== 'uint32') return { problem: `${ALIGNMENT_KEY} is of type ${value.type}, not uint32` };
  if (value.value === 0 || (value.value & (value.value - 1)) !== 0)
    return { problem: `${ALIGNMENT_KEY} is ${value.value}, which is no power of two` };
  return value.value;
}
