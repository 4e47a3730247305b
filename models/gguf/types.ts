/** The types of tensors in a GGUF file: their numbers, and how many bytes a block of how many elements takes. */

export interface TypeInfo {
  /** Number in the file, as in ggml's `enum ggml_type`. */
  readonly id: number;
  /** Elements of a block. Blocks lie along a row, so that a row is a multiple of it. */
  readonly block: number;
  /** Bytes of a block. */
  readonly bytes: number;
}

/** To add a type, add a line: the reader and the writer need nothing else. Sizes are those of ggml's `type_traits`. */
export const GGML_TYPES = {
  f32: { id: 0, block: 1, bytes: 4 },
  f16: { id: 1, block: 1, bytes: 2 },
  q4_0: { id: 2, block: 32, bytes: 18 },
  q4_1: { id: 3, block: 32, bytes: 20 },
  q5_0: { id: 6, block: 32, bytes: 22 },
  q5_1: { id: 7, block: 32, bytes: 24 },
  q8_0: { id: 8, block: 32, bytes: 34 },
  q2_k: { id: 10, block: 256, bytes: 84 },
  q3_k: { id: 11, block: 256, bytes: 110 },
  q4_k: { id: 12, block: 256, bytes: 144 },
  q5_k: { id: 13, block: 256, bytes: 176 },
  q6_k: { id: 14, block: 256, bytes: 210 },
  bf16: { id: 30, block: 1, bytes: 2 },
} as const satisfies Record<string, TypeInfo>;

export type GgmlType = keyof typeof GGML_TYPES;

export function isGgmlType(name: string): name is GgmlType {
  return Object.hasOwn(GGML_TYPES, name);
}

/** The type with this number in a file. */
export function typeOfId(id: number): GgmlType | undefined {
  return BY_ID.get(id);
}
const BY_ID = new Map<number, GgmlType>(
  Object.entries(GGML_TYPES).map(([name, { id }]) => [id, name as GgmlType]),
);

/** Most dimensions of a ggml tensor. */
export const MAX_DIMS = 4;

/** What is wrong with these dimensions (row-major: the last is the row length), or undefined. */
export function dimsProblem(type: GgmlType, dims: readonly number[]): string | undefined {
  if (dims.length < 1 || dims.length > MAX_DIMS) return `has ${dims.length} dimensions, not 1 to ${MAX_DIMS}`;
  if (!dims.every((n) => Number.isSafeInteger(n) && n > 0))
    return `has dimensions ${dims.join(' × ')}, which must be positive integers`;
  const { block } = GGML_TYPES[type];
  const row = dims.at(-1)!;
  if (row % block !== 0)
    return `has rows of ${row} elements, which is no multiple of ${type}'s block of ${block}`;
  // Each partial product is checked by the last: they only grow.
  if (!Number.isSafeInteger(tensorBytes(type, dims)))
    return `has dimensions ${dims.join(' × ')}, more than 2^53 bytes`;
  return undefined;
}

/** Bytes of a tensor whose dimensions have no problem. */
export function tensorBytes(type: GgmlType, dims: readonly number[]): number {
  const { block, bytes } = GGML_TYPES[type];
  return dims.reduce((product, n) => product * n, bytes) / block;
}
