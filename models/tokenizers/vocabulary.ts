import type { GgufError } from '../gguf/format.ts';
import type { Gguf } from '../gguf/reader.ts';

/** Keys of the metadata, without `tokenizer.ggml.`. */
export const KEY = 'tokenizer.ggml.';

/** `tokenizer.ggml.token_type`, as llama.cpp's `llama_token_type`. */
export const KIND = {
  normal: 1,
  /** Stands for what no token stands for. */
  unknown: 2,
  /** Has a meaning, but no text: the beginning or end of a text or of a turn. */
  control: 3,
  /** A text that is always this token, wherever it stands. */
  userDefined: 4,
  unused: 5,
  /** A byte, written `<0xNN>`. */
  byte: 6,
} as const;

const BYTE_NAME = /^<0x([0-9A-F]{2})>$/;

/** The byte of which this is the name, or undefined. */
export function byteOf(text: string): number | undefined {
  const match = BYTE_NAME.exec(text);
  return match ? Number.parseInt(match[1]!, 16) : undefined;
}

export function byteName(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

/** The tokens of a file, and what it says of them. */
export class Vocabulary {
  readonly #gguf: Gguf;
  /** As they stand in the file: spaces and bytes are written in the way of the tokenizer. */
  readonly texts: readonly string[];
  readonly #kinds: ArrayLike<number> | undefined;
  /**
   * Tokens that a text consists of, by their text. Control tokens and bytes are not among them: that a text spells the name of
   * one does not make it one. Of equal texts, the first.
   */
  readonly ids: ReadonlyMap<string, number>;

  /** @throws GgufError where the metadata is missing or malformed */
  constructor(gguf: Gguf) {
    this.#gguf = gguf;
    this.texts = gguf.strings(`${KEY}tokens`);
    if (this.texts.length === 0) throw this.error('has a vocabulary without tokens');
    this.#kinds = this.numbers('token_type');
    const ids = new Map<string, number>();
    for (const [id, text] of this.texts.entries()) if (this.isText(id) && !ids.has(text)) ids.set(text, id);
    this.ids = ids;
  }

  get size(): number {
    return this.texts.length;
  }

  kind(id: number): number {
    return this.#kinds?.[id] ?? (byteOf(this.texts[id]!) === undefined ? KIND.normal : KIND.byte);
  }

  isText(id: number): boolean {
    const kind = this.kind(id);
    return kind !== KIND.control && kind !== KIND.unknown && kind !== KIND.byte;
  }

  /** One number for each token, if the file has them. */
  numbers(name: string): ArrayLike<number> | undefined {
    if (!this.has(name)) return undefined;
    const numbers = this.#gguf.numbers(KEY + name);
    if (numbers.length < this.size)
      throw this.error(`has ${numbers.length} values in "${KEY}${name}" for ${this.size} tokens`);
    return numbers;
  }

  has(name: string): boolean {
    return this.#gguf.metadata.has(KEY + name);
  }

  string(name: string): string {
    return this.#gguf.string(KEY + name);
  }

  strings(name: string): readonly string[] {
    return this.#gguf.strings(KEY + name);
  }

  bool(name: string, otherwise: boolean): boolean {
    return this.has(name) ? this.#gguf.bool(KEY + name) : otherwise;
  }

  /** A token that the metadata names. */
  id(name: string, otherwise?: number): number | undefined {
    if (!this.has(name)) return otherwise !== undefined && otherwise < this.size ? otherwise : undefined;
    const id = this.#gguf.number(KEY + name);
    if (!(Number.isInteger(id) && id >= 0 && id < this.size))
      throw this.error(`has ${id} as "${KEY}${name}", but ${this.size} tokens`);
    return id;
  }

  /** What stands for a byte that no token stands for. @throws GgufError where nothing does */
  unknown(byte: number): number {
    const id = this.id('unknown_token_id') ?? this.texts.findIndex((_, i) => this.kind(i) === KIND.unknown);
    if (id < 0) throw this.error(`has no token for the byte ${byteName(byte)}, nor one for what is unknown`);
    return id;
  }

  error(problem: string): GgufError {
    return this.#gguf.error(problem);
  }
}
