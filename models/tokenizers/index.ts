import { quote } from '../gguf/format.ts';
import type { Gguf } from '../gguf/reader.ts';
import { Bpe, bpeBytes } from './bpe.ts';
import { pieceBytes, SentencePiece } from './sentencepiece.ts';
import type { EncodeOptions, StreamOptions, TextStream, Tokenizer } from './tokenizer.ts';
import { byteOf, KEY, KIND, Vocabulary } from './vocabulary.ts';

export type { EncodeOptions, StreamOptions, TextStream, Tokenizer } from './tokenizer.ts';

/**
 * The tokenizer that a GGUF file holds (`tokenizer.ggml.*`): of the model `gpt2`, byte-level BPE, with a vocabulary of bytes
 * alone as a case of it; or of the model `llama`, SentencePiece. Encodes as llama.cpp does.
 * @throws GgufError where it is missing, malformed, or of another kind
 */
export function tokenizerOf(gguf: Gguf): Tokenizer {
  if (!gguf.metadata.has(`${KEY}model`)) throw gguf.error(`has no tokenizer (no "${KEY}model")`);
  const model = gguf.string(`${KEY}model`);
  if (model !== 'gpt2' && model !== 'llama')
    throw gguf.error(`has a tokenizer of the model ${quote(model)}; only gpt2 and llama can be read`);
  const vocabulary = new Vocabulary(gguf);
  if (model === 'gpt2') {
    const bpe = new Bpe(vocabulary);
    return new GgufTokenizer(vocabulary, {
      encode: (text, out) => bpe.encode(text, out),
      bytes: bpeBytes,
      spacePrefix: false,
      bos: vocabulary.id('bos_token_id'),
      eos: vocabulary.id('eos_token_id'),
      begins: bpe.begins,
    });
  }
  const pieces = new SentencePiece(vocabulary);
  return new GgufTokenizer(vocabulary, {
    encode: (text, out) => pieces.encode(text, out),
    bytes: pieceBytes,
    spacePrefix: vocabulary.bool('add_space_prefix', true),
    // Where SentencePiece puts them.
    bos: vocabulary.id('bos_token_id', 1),
    eos: vocabulary.id('eos_token_id', 2),
    begins: true,
  });
}

/** What differs between kinds of tokenizers. */
interface Kind {
  /** Appends the tokens of a well-formed text in which no special token is named. */
  encode(text: string, out: number[]): void;
  /** Of the text of a token that is neither special nor a byte. */
  bytes(text: string): Uint8Array;
  /** A space is put before each text, and before what follows a special token. */
  readonly spacePrefix: boolean;
  readonly bos: number | undefined;
  readonly eos: number | undefined;
  /** Whether prompts begin with BOS, if the file does not say. */
  readonly begins: boolean;
}

class GgufTokenizer implements Tokenizer {
  readonly size: number;
  readonly bos: number | undefined;
  readonly eos: number | undefined;
  readonly #vocabulary: Vocabulary;
  readonly #kind: Kind;
  readonly #addBos: boolean;
  readonly #addEos: boolean;
  readonly #always: SpecialNames;
  readonly #all: SpecialNames;
  readonly #bytes: Uint8Array[] = [];

  constructor(vocabulary: Vocabulary, kind: Kind) {
    this.#vocabulary = vocabulary;
    this.#kind = kind;
    this.size = vocabulary.size;
    this.bos = kind.bos;
    this.eos = kind.eos;
    this.#addBos = vocabulary.bool('add_bos_token', kind.begins && this.bos !== undefined);
    this.#addEos = vocabulary.bool('add_eos_token', false);
    if (this.#addBos && this.bos === undefined)
      throw vocabulary.error(`says that texts begin with a token, but has no "${KEY}bos_token_id"`);
    if (this.#addEos && this.eos === undefined)
      throw vocabulary.error(`says that texts end with a token, but has no "${KEY}eos_token_id"`);
    this.#always = new SpecialNames(vocabulary, (kind) => kind === KIND.userDefined);
    this.#all = new SpecialNames(vocabulary, isSpecial);
  }

  encode(text: string, { special = false }: EncodeOptions = {}): Uint32Array {
    const out: number[] = [];
    if (special && this.#addBos) out.push(this.bos!);
    let first = true;
    for (const piece of (special ? this.#all : this.#always).cut(text.toWellFormed())) {
      if (typeof piece === 'number') out.push(piece);
      else this.#kind.encode(first && this.#kind.spacePrefix ? ` ${piece}` : piece, out);
      first = typeof piece === 'number';
    }
    if (special && this.#addEos) out.push(this.eos!);
    return Uint32Array.from(out);
  }

  decode(tokens: Iterable<number>): string {
    const stream = this.stream();
    let text = '';
    for (const token of tokens) text += stream.push(token);
    return text + stream.end();
  }

  bytes(token: number): Uint8Array {
    if (!(Number.isInteger(token) && token >= 0 && token < this.size))
      throw this.#vocabulary.error(`has no token ${token}: its vocabulary has ${this.size}`);
    this.#bytes[token] ??= this.#bytesOf(token);
    return this.#bytes[token];
  }

  #bytesOf(token: number): Uint8Array {
    const text = this.#vocabulary.texts[token]!;
    switch (this.#vocabulary.kind(token)) {
      case KIND.control:
      case KIND.unknown:
        return new Uint8Array();
      case KIND.userDefined:
        return new TextEncoder().encode(text);
      case KIND.byte: {
        const byte = byteOf(text);
        if (byte !== undefined) return Uint8Array.of(byte);
      }
    }
    return this.#kind.bytes(text);
  }

  stream({ continues = false }: StreamOptions = {}): TextStream {
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    const { spacePrefix } = this.#kind;
    let first = !continues;
    return {
      push: (token) => {
        let bytes = this.bytes(token);
        const special = isSpecial(this.#vocabulary.kind(token));
        if (first && spacePrefix && !special && bytes[0] === 0x20) bytes = bytes.subarray(1);
        first = special;
        return decoder.decode(bytes, { stream: true });
      },
      end: () => decoder.decode(),
    };
  }
}

function isSpecial(kind: number): boolean {
  return kind === KIND.control || kind === KIND.unknown || kind === KIND.userDefined;
}

/** Finds the names of special tokens in a text, the longest where several begin at one place. */
class SpecialNames {
  /** By the first UTF-16 unit, the longest names first. */
  readonly #names = new Map<number, { name: string; id: number }[]>();

  constructor(vocabulary: Vocabulary, wanted: (kind: number) => boolean) {
    for (const [id, name] of vocabulary.texts.entries()) {
      if (name === '' || !wanted(vocabulary.kind(id))) continue;
      const unit = name.charCodeAt(0);
      const names = this.#names.get(unit);
      if (names) names.push({ name, id });
      else this.#names.set(unit, [{ name, id }]);
    }
    for (const names of this.#names.values()) names.sort((a, b) => b.name.length - a.name.length);
  }

  /** The pieces of a text, none empty, and the tokens between them. */
  *cut(text: string): Generator<string | number> {
    let begin = 0;
    for (let i = 0; i < text.length; ) {
      const found = this.#names.get(text.charCodeAt(i))?.find(({ name }) => text.startsWith(name, i));
      if (!found) {
        i++;
        continue;
      }
      if (i > begin) yield text.slice(begin, i);
      yield found.id;
      i += found.name.length;
      begin = i;
    }
    if (begin < text.length) yield text.slice(begin);
  }
}
