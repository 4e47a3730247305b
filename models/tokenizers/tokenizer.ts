/** Text to tokens and back. */

/** A token is its number in the vocabulary of `size` tokens. */
export interface Tokenizer {
  readonly size: number;
  /** The token that begins a text, where the model has one. */
  readonly bos?: number | undefined;
  /** The token that ends one. */
  readonly eos?: number | undefined;
  /**
   * The tokens of a text. Lone surrogates become U+FFFD, since tokens stand for UTF-8.
   * @throws GgufError where the vocabulary has no token for a part of the text, not even one for what is unknown
   */
  encode(text: string, options?: EncodeOptions): Uint32Array;
  /**
   * The text of tokens: for well-formed texts the inverse of `encode`, but that SentencePiece takes U+2581 for a space. Control
   * tokens have no text; bytes that are no UTF-8 become U+FFFD.
   * @throws GgufError for a token that the vocabulary does not have
   */
  decode(tokens: Iterable<number>): string;
  /**
   * The UTF-8 bytes that one token stands for, maybe parts of characters, none for control tokens. Not to be written to.
   * @throws as `decode`
   */
  bytes(token: number): Uint8Array;
  /** Decodes tokens one by one as they come. */
  stream(options?: StreamOptions): TextStream;
}

export interface EncodeOptions {
  /**
   * As a prompt: begun and ended with the tokens that the model was trained to see there, and the names of control tokens in
   * the text (`<|im_start|>`) are these tokens. Otherwise, the default, a text is only a text.
   */
  readonly special?: boolean;
}

export interface StreamOptions {
  /** The tokens continue a text, so that a space at their beginning is one; some models put another before each text. */
  readonly continues?: boolean;
}

/** Text of tokens as far as it is certain: the bytes of a character may come with several tokens. */
export interface TextStream {
  /** The characters that this token completes. @throws as `decode` */
  push(token: number): string;
  /** U+FFFD, if the last character is not complete. */
  end(): string;
}
