import { Merger } from './merge.ts';
import { byteOf, KIND, type Vocabulary } from './vocabulary.ts';

/** SentencePiece writes a space as U+2581, so that a text's own U+2581 are spaces when it is decoded. */
const SPACE = '\u2581';

/** The bytes that a token's text stands for. */
export function pieceBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text.replaceAll(SPACE, ' '));
}

/**
 * SentencePiece's BPE as Llama 2 has it (https://github.com/google/sentencepiece/blob/master/src/bpe_model.cc): the characters
 * of the whole text are joined pair by pair to tokens, that of the highest score before all others; a character that is no
 * token becomes its UTF-8 bytes, `<0xNN>` each.
 * In a vocabulary without U+2581, of bytes alone, a space is the byte it is.
 */
export class SentencePiece {
  readonly #vocabulary: Vocabulary;
  readonly #scores: ArrayLike<number> | undefined;
  readonly #longest: number;
  readonly #escapes: boolean;
  /** Tokens of bytes; −1: none. */
  readonly #bytes = new Int32Array(256).fill(-1);
  readonly #merger = new Merger(this);

  /** @throws GgufError where the metadata is malformed */
  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
    this.#scores = vocabulary.numbers('scores');
    this.#longest = vocabulary.texts.reduce((longest, { length }) => Math.max(longest, length), 0);
    this.#escapes = vocabulary.ids.has(SPACE);
    for (const [id, text] of vocabulary.texts.entries()) {
      const byte = vocabulary.kind(id) === KIND.byte ? byteOf(text) : undefined;
      if (byte !== undefined) this.#bytes[byte] = id;
    }
  }

  /** Appends the tokens of a well-formed text. */
  encode(text: string, out: number[]): void {
    const { size, ids } = this.#vocabulary;
    const characters = this.#escapes ? text.replaceAll(' ', SPACE) : text;
    const merger = this.#merger;
    merger.reserve(characters.length);
    let n = 0;
    for (const c of characters) merger.symbols[n++] = ids.get(c) ?? size + c.codePointAt(0)!;
    const count = merger.merge(n);
    for (let i = 0; i < count; i++) {
      const symbol = merger.symbols[i]!;
      if (symbol < size) out.push(symbol);
      else
        for (const byte of new TextEncoder().encode(this.#text(symbol))) {
          const id = this.#bytes[byte]!;
          out.push(id < 0 ? this.#vocabulary.unknown(byte) : id);
        }
    }
  }

  find(left: number, right: number): number {
    const a = this.#text(left);
    const b = this.#text(right);
    return a.length + b.length > this.#longest ? -1 : (this.#vocabulary.ids.get(a + b) ?? -1);
  }

  rank(token: number): number {
    return this.#scores ? -this.#scores[token]! : 0;
  }

  result(token: number): number {
    return token;
  }

  #text(symbol: number): string {
    const { size, texts } = this.#vocabulary;
    return symbol < size ? texts[symbol]! : String.fromCodePoint(symbol - size);
  }
}
