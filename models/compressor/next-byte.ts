/** Models that say what byte comes next. */
import { CompressorError } from './error.ts';

/**
 * A model of bytes. After the same calls it gives bit-identical logits, or encoder and decoder would not understand each other: all that
 * its logits depend on is named by `path` and `hash`, and found out by the fingerprint (fingerprint.ts).
 */
export interface NextByte {
  /** How it computes: `simd/256/64`. At most 255 ASCII characters. */
  readonly path: string;
  /** Of its weights and sizes, 8 bytes. */
  readonly hash: Uint8Array;
  /** Bytes after which it has been through every way of computing that it has. */
  readonly period: number;
  /** A new stream: logits are then those of its first byte. */
  begin(): void;
  /** The next byte, 0 to 255. */
  push(byte: number): void;
  /** 256 logits of the byte to come; a view that the next call may write to. */
  logits(): Float32Array;
  dispose(): void;
}

/** A language model with a cache, as {@link WindowedBytes} drives it. */
export interface TokenModel {
  readonly vocabulary: number;
  /** One token at `position`, behind those whose keys and values the cache has. */
  decode(token: number, position: number): void;
  /** Several from position 0 on, in place of what the cache had. */
  prefill(tokens: Int32Array): void;
  /** Of the token after the last: views of the same memory at each call, which are empty once that has grown. */
  logits(): Float32Array;
  dispose(): void;
}

/** How far a model looks back. */
export interface Window {
  /** Positions of the cache, the token that begins a stream among them: what the model was made for. */
  readonly length: number;
  /** Bytes that stand in a new window when the one before is full: 1 to length − 1. */
  readonly overlap: number;
}

/**
 * A quarter of a window. The first 16,384 bytes of the held-out text of models/training, by the model of models/trained half way through its
 * training, in windows of 256 (`zoo compress --overlap N`, header included):
 *
 * | overlap       | 1     | 32    | 64    | 128   | 192   | 240   |
 * | ------------- | ----- | ----- | ----- | ----- | ----- | ----- |
 * | bits a byte   | 1.862 | 1.846 | 1.847 | 1.848 | 1.848 | 1.849 |
 * | relative time | 1     | 1.1   | 1.1   | 1.4   | 2.1   | 6.3   |
 *
 * The first bytes of a window lose little by what they do not see: with nothing before them 0.015 bits a byte of all, and nothing from 32
 * bytes on. Models that make more of a long context than this one of three layers may want more.
 */
export const overlapOf = (length: number): number => Math.max(1, length >> 2);

/** Where bytes stand among tokens, by the size of the vocabulary: plain, in front of `<s>` and `</s>`, or behind `<unk>` and those. */
const VOCABULARIES: Readonly<Record<number, { readonly first: number; readonly begin: number }>> = {
  // No token says that a text begins: 0 does, which none holds as a character.
  256: { first: 0, begin: 0 },
  258: { first: 0, begin: 256 },
  259: { first: 3, begin: 1 },
};

/**
 * A language model over bytes, for streams of any length. Positions are absolute: RoPE turns keys by theirs, and keys and values of all
 * layers but the first were computed from everything that the window then held. Once the oldest byte leaves, each byte is at another
 * position and none has seen what it saw: the whole cache is wrong. A window that slides a byte at a time would have to be computed anew for
 * every byte (which `overlap = length − 1` is). This goes on in blocks: a full window is left, and its last `overlap` bytes are the
 * beginning of a new one, computed in one pass. That is exact (the logits are those of the model on what is in the window), and a byte costs
 * 1 + overlap / (length − overlap) tokens, of which all but one are the cheaper ones of a pass of many.
 */
export class WindowedBytes implements NextByte {
  readonly path: string;
  readonly hash: Uint8Array;
  readonly #model: TokenModel;
  readonly #window: Int32Array;
  readonly #restart: Int32Array;
  readonly #first: number;
  readonly #overlap: number;
  #position = 0;
  /** Kept: a view is 100 bytes that each byte would allocate anew. */
  #logits: Float32Array = new Float32Array();

  /** @throws CompressorError where its tokens are no bytes, or there is no such window */
  constructor(
    model: TokenModel,
    { path, hash }: Pick<NextByte, 'path' | 'hash'>,
    { length, overlap }: Window,
  ) {
    if (!(Number.isSafeInteger(length) && length >= 2))
      throw new CompressorError(`a window of ${length} tokens: it takes 2`);
    if (!(Number.isSafeInteger(overlap) && overlap >= 1 && overlap < length))
      throw new CompressorError(
        `windows of ${length} tokens overlap by 1 to ${length - 1} bytes, not ${overlap}`,
      );
    const { first, begin } = bytesAmong(model.vocabulary);
    this.path = path;
    this.hash = hash;
    this.#model = model;
    this.#window = new Int32Array(length);
    this.#window[0] = begin;
    this.#restart = this.#window.subarray(0, overlap + 1);
    this.#first = first;
    this.#overlap = overlap;
  }

  get period(): number {
    return this.#window.length;
  }

  begin(): void {
    this.#model.decode(this.#window[0]!, 0);
    this.#position = 1;
  }

  push(byte: number): void {
    const window = this.#window;
    const overlap = this.#overlap;
    if (this.#position < window.length) {
      window[this.#position] = this.#first + byte;
      this.#model.decode(this.#first + byte, this.#position++);
      return;
    }
    // Behind the token that begins a stream, which stays.
    window.copyWithin(1, window.length - overlap + 1);
    window[overlap] = this.#first + byte;
    this.#model.prefill(this.#restart);
    this.#position = overlap + 1;
  }

  logits(): Float32Array {
    if (this.#logits.length === 0)
      this.#logits = this.#model.logits().subarray(this.#first, this.#first + 256);
    return this.#logits;
  }

  dispose(): void {
    this.#model.dispose();
  }
}

/** @throws CompressorError where a vocabulary of that size is none of bytes */
export function bytesAmong(vocabulary: number): { readonly first: number; readonly begin: number } {
  const found = VOCABULARIES[vocabulary];
  if (!found)
    throw new CompressorError(
      `a vocabulary of ${vocabulary} tokens is none of bytes: they have ${Object.keys(VOCABULARIES).join(' or ')}`,
    );
  return found;
}
