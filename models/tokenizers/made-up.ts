/**
 * Vocabularies of a given size for models with random weights, where trained ones would be a download: valid in form, and with
 * tokens of several characters, but not those that any text suggests.
 */
import type { GgufValue } from '../gguf/format.ts';
import { BYTE_CHARACTERS } from './bpe.ts';
import { byteName, KEY, KIND } from './vocabulary.ts';

/** As frequent as in English; ▁ stands for a space. */
const LETTERS = '▁etaoinshrdlcumwfgypbvkjxqz';

/** `count` pairs of earlier symbols whose texts are new: those of the symbols that come first, first. */
function joins(alphabet: readonly string[], count: number): [left: string, right: string][] {
  const symbols = [...alphabet];
  const known = new Set(symbols);
  const pairs: [string, string][] = [];
  // Along the diagonals of the table of all pairs.
  for (let sum = 0; pairs.length < count; sum++)
    for (let i = 0; i <= sum && pairs.length < count; i++) {
      const [left, right] = [symbols[i]!, symbols[sum - i]!];
      if (known.has(left + right)) continue;
      known.add(left + right);
      symbols.push(left + right);
      pairs.push([left, right]);
    }
  return pairs;
}

/** A byte-level BPE of `size` tokens, at least 259, in the form of SmolLM2's: special tokens, bytes, results of merges. */
export function madeUpBpe(size: number): [string, GgufValue][] {
  const special = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];
  const letters = [...LETTERS].map((letter) => (letter === '▁' ? 'Ġ' : letter));
  const merges = joins(letters, size - special.length - BYTE_CHARACTERS.length);
  const tokens = [...special, ...BYTE_CHARACTERS, ...merges.map((pair) => pair.join(''))];
  const kinds = new Int32Array(size).fill(KIND.normal);
  kinds.fill(KIND.control, 0, special.length);
  return [
    [`${KEY}model`, { type: 'string', value: 'gpt2' }],
    [`${KEY}pre`, { type: 'string', value: 'smollm' }],
    [`${KEY}tokens`, { type: 'array', of: 'string', value: tokens }],
    [`${KEY}token_type`, { type: 'array', of: 'int32', value: kinds }],
    [`${KEY}merges`, { type: 'array', of: 'string', value: merges.map((pair) => pair.join(' ')) }],
    [`${KEY}bos_token_id`, { type: 'uint32', value: 0 }],
    [`${KEY}eos_token_id`, { type: 'uint32', value: 0 }],
    [`${KEY}unknown_token_id`, { type: 'uint32', value: 0 }],
    [`${KEY}add_bos_token`, { type: 'bool', value: false }],
  ];
}

/** A SentencePiece vocabulary of `size` tokens, at least 286, in the form of Llama 2's: special tokens, bytes, pieces, letters. */
export function madeUpPieces(size: number): [string, GgufValue][] {
  const special = ['<unk>', '<s>', '</s>'];
  const bytes = Array.from({ length: 256 }, (_, byte) => byteName(byte));
  const letters = [...LETTERS];
  const first = special.length + bytes.length;
  const pieces = joins(letters, size - first - letters.length).map((pair) => pair.join(''));
  const kinds = new Int32Array(size).fill(KIND.normal);
  kinds.set([KIND.unknown, KIND.control, KIND.control]);
  kinds.fill(KIND.byte, special.length, first);
  const scores = Float32Array.from(kinds, (_, i) => (i < first ? 0 : first - i));
  return [
    [`${KEY}model`, { type: 'string', value: 'llama' }],
    [`${KEY}pre`, { type: 'string', value: 'default' }],
    [`${KEY}tokens`, { type: 'array', of: 'string', value: [...special, ...bytes, ...pieces, ...letters] }],
    [`${KEY}scores`, { type: 'array', of: 'float32', value: scores }],
    [`${KEY}token_type`, { type: 'array', of: 'int32', value: kinds }],
    [`${KEY}bos_token_id`, { type: 'uint32', value: 1 }],
    [`${KEY}eos_token_id`, { type: 'uint32', value: 2 }],
    [`${KEY}unknown_token_id`, { type: 'uint32', value: 0 }],
    [`${KEY}add_bos_token`, { type: 'bool', value: true }],
    [`${KEY}add_eos_token`, { type: 'bool', value: false }],
    [`${KEY}add_space_prefix`, { type: 'bool', value: true }],
  ];
}
