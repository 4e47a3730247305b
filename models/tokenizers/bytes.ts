/** Vocabularies in which every byte is a token of its own. */
import type { GgufValue } from '../gguf/format.ts';
import { BYTE_CHARACTERS } from './bpe.ts';
import { KEY, KIND } from './vocabulary.ts';

/** The tokens that begin and end a text, behind those of the bytes. */
export const BYTE_BOS = 256;
export const BYTE_EOS = 257;
/** Tokens of a byte vocabulary. */
export const BYTE_VOCABULARY = 258;

/**
 * Metadata of the plain byte tokenizer: token n is the byte n, then `<s>` and `</s>`. For llama.cpp it is a byte-level BPE without
 * merges; as SentencePiece with 256 tokens `<0xNN>`, which it also reads, a space would come back as U+2581. Of its pre-tokenizers
 * `smollm` is one after which decoding leaves spaces before punctuation where they are.
 */
export function byteTokenizer(): [string, GgufValue][] {
  const kinds = new Int32Array(BYTE_VOCABULARY).fill(KIND.normal);
  kinds.fill(KIND.control, BYTE_BOS);
  return [
    [`${KEY}model`, { type: 'string', value: 'gpt2' }],
    [`${KEY}pre`, { type: 'string', value: 'smollm' }],
    [`${KEY}tokens`, { type: 'array', of: 'string', value: [...BYTE_CHARACTERS, '<s>', '</s>'] }],
    [`${KEY}token_type`, { type: 'array', of: 'int32', value: kinds }],
    [`${KEY}merges`, { type: 'array', of: 'string', value: [] }],
    [`${KEY}bos_token_id`, { type: 'uint32', value: BYTE_BOS }],
    [`${KEY}eos_token_id`, { type: 'uint32', value: BYTE_EOS }],
    [`${KEY}add_bos_token`, { type: 'bool', value: true }],
    [`${KEY}add_eos_token`, { type: 'bool', value: false }],
  ];
}
