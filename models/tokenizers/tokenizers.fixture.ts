/** Tokenizers of tests, from metadata by way of a file in memory. */
import type { GgufValue } from '../gguf/format.ts';
import { memorySource, openGguf } from '../gguf/reader.ts';
import { serializeGguf } from '../gguf/writer.ts';
import { tokenizerOf } from './index.ts';
import type { Tokenizer } from './tokenizer.ts';
import { KEY } from './vocabulary.ts';

/** @param entries keys with or without `tokenizer.ggml.` */
export async function tokenizerFrom(entries: Iterable<[string, GgufValue]>): Promise<Tokenizer> {
  const metadata = new Map([...entries].map(([key, value]) => [KEY + key.replace(KEY, ''), value]));
  const pieces = [...serializeGguf('test.gguf', { metadata, tensors: [] })].map((piece) => piece.slice());
  const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
  return tokenizerOf(await openGguf(memorySource('test.gguf', bytes)));
}

export const text = (value: string): GgufValue => ({ type: 'string', value });
export const texts = (value: readonly string[]): GgufValue => ({ type: 'array', of: 'string', value });
export const id = (value: number): GgufValue => ({ type: 'uint32', value });
export const bool = (value: boolean): GgufValue => ({ type: 'bool', value });
export const kinds = (value: readonly number[]): GgufValue => ({
  type: 'array',
  of: 'int32',
  value: Int32Array.from(value),
});
export const scores = (value: readonly number[]): GgufValue => ({
  type: 'array',
  of: 'float32',
  value: Float32Array.from(value),
});
