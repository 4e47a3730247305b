import { quote } from '../gguf/format.ts';
import { Merger } from './merge.ts';
import { SPLITTER_NAMES, split, splitterOf } from './split.ts';
import { KEY, type Vocabulary } from './vocabulary.ts';

/**
 * The character by which GPT-2's vocabularies write each byte (`bytes_to_unicode` of its encoder.py): itself where it is
 * printable Latin-1, U+0100 and on for the rest in turn, so that a space is Ġ.
 */
export const BYTE_CHARACTERS: readonly string[] = (() => {
  let rest = 0x100;
  const printable = (byte: number) =>
    (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte <= 0xff && byte !== 0xad);
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : rest++));
})();
const BYTE_OF = new Map(BYTE_CHARACTERS.map((character, byte) => [character, byte]));

/** The bytes that a token's text stands for; characters that stand for none are themselves. */
export function bpeBytes(text: string): Uint8Array {
  return Uint8Array.from(
    [...text].flatMap((character) => BYTE_OF.get(character) ?? [...new TextEncoder().encode(character)]),
  );
}

/** Bytes as a vocabulary writes them. */
function spelled(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += BYTE_CHARACTERS[byte];
  return text;
}

/**
 * Byte-level BPE as GPT-2 does it (https://github.com/openai/gpt-2/blob/master/src/encoder.py): each word's bytes are joined
 * pair by pair, the one that stands first in the list of merges before all others.
 */
export class Bpe {
  readonly #vocabulary: Vocabulary;
  readonly #patterns: readonly RegExp[];
  /** By the tokens' bytes written as characters; only where whole words have precedence. */
  readonly #words: ReadonlyMap<string, number> | undefined;
  readonly begins: boolean;
  /** Texts of symbols that are no tokens, from the vocabulary's size on: bytes, and parts and results of merges. */
  readonly #others: string[] = [];
  readonly #symbols: Map<string, number>;
  readonly #bytes: Int32Array;
  /** By left × #factor + right: the place in the list of merges, which is its rank. */
  readonly #merges = new Map<number, number>();
  readonly #results: Int32Array;
  readonly #factor: number;
  readonly #merger = new Merger(this);

  /** @throws GgufError where the metadata is missing, malformed, or of a kind that is not known */
  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
    const name = vocabulary.has('pre') ? vocabulary.string('pre') : 'default';
    const splitter = splitterOf(name);
    if (!splitter)
      throw vocabulary.error(
        `has ${quote(name)} as "${KEY}pre"; only ${SPLITTER_NAMES.join(', ')} can be read`,
      );
    this.#patterns = splitter.patterns;
    this.begins = splitter.wholeWords === true;
    this.#words = splitter.wholeWords ? vocabulary.ids : undefined;
    this.#symbols = new Map(vocabulary.ids);
    this.#bytes = Int32Array.from(BYTE_CHARACTERS, (character) => this.#symbol(character));
    const merges = vocabulary.strings('merges').map((text, i) => {
      // Not at 0: a part may itself begin with a space, where a file writes bytes in a way of its own.
      const space = text.indexOf(' ', 1);
      if (space < 0 || space === text.length - 1)
        throw vocabulary.error(`has ${quote(text)} as merge ${i}, which are not two parts`);
      const [left, right] = [text.slice(0, space), text.slice(space + 1)];
      return { left: this.#symbol(left), right: this.#symbol(right), result: this.#symbol(left + right) };
    });
    this.#results = Int32Array.from(merges, ({ result }) => result);
    this.#factor = vocabulary.size + this.#others.length;
    for (const [i, { left, right }] of merges.entries()) {
      const key = left * this.#factor + right;
      // Of equal ones, the first.
      if (!this.#merges.has(key)) this.#merges.set(key, i);
    }
  }

  /** Appends the tokens of a well-formed text. */
  encode(text: string, out: number[]): void {
    const encoder = new TextEncoder();
    let buffer = new Uint8Array(64);
    for (const word of split(text, this.#patterns)) {
      // Three bytes at most for a UTF-16 unit.
      if (buffer.length < 3 * word.length) buffer = new Uint8Array(3 * word.length);
      const { written } = encoder.encodeInto(word, buffer);
      const whole = this.#words?.get(spelled(buffer.subarray(0, written)));
      if (whole !== undefined) {
        out.push(whole);
        continue;
      }
      const merger = this.#merger;
      merger.reserve(written);
      for (let i = 0; i < written; i++) merger.symbols[i] = this.#bytes[buffer[i]!]!;
      const count = merger.merge(written);
      for (let i = 0; i < count; i++) this.#put(merger.symbols[i]!, out);
    }
  }

  find(left: number, right: number): number {
    return this.#merges.get(left * this.#factor + right) ?? -1;
  }

  rank(join: number): number {
    return join;
  }

  result(join: number): number {
    return this.#results[join]!;
  }

  #symbol(text: string): number {
    let symbol = this.#symbols.get(text);
    if (symbol === undefined) {
      symbol = this.#vocabulary.size + this.#others.length;
      this.#symbols.set(text, symbol);
      this.#others.push(text);
    }
    return symbol;
  }

  #put(symbol: number, out: number[]): void {
    const vocabulary = this.#vocabulary;
    if (symbol < vocabulary.size) {
      out.push(symbol);
      return;
    }
    for (const character of this.#others[symbol - vocabulary.size]!)
      out.push(vocabulary.ids.get(character) ?? vocabulary.unknown(BYTE_OF.get(character)!));
  }
}
