/**
 * How byte-level BPE cuts a text into words before it merges: by regular expressions one after the other, each on the pieces
 * that those before it left, and what lies between matches is a piece too. From the tokenizers' published `tokenizer.json` and
 * llama.cpp's `llm_tokenizer_bpe`.
 */

// \s of these engines is Unicode's White_Space; JavaScript's has U+FEFF too and lacks U+0085.
const S = '\\p{White_Space}';
const NOT_S = '\\P{White_Space}';

const pattern = (source: string) => new RegExp(source, 'gu');

const GPT2 = pattern(`'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^${S}\\p{L}\\p{N}]+|${S}+(?!${NOT_S})`);
/** GPT-4's and those after it: contractions of any case, `digits` at a time, line breaks apart. */
const modern = (digits: string) =>
  pattern(
    `'(?:[sStTmMdD]|[rR][eE]|[vV][eE]|[lL][lL])|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}${digits}| ?[^${S}\\p{L}\\p{N}]+[\\r\\n]*|${S}*[\\r\\n]+|${S}+(?!${NOT_S})|${S}+`,
  );

/** One way to cut, and the names that `tokenizer.ggml.pre` has for it. */
interface Splitter {
  readonly names: readonly string[];
  readonly patterns: readonly RegExp[];
  /** A word that is a token is that token, whatever merges say; and texts begin with BOS unless the file says otherwise. */
  readonly wholeWords?: boolean;
}

const SPLITTERS: readonly Splitter[] = [
  {
    names: [
      'gpt-2',
      'phi-2',
      'olmo',
      'mpt',
      'jais',
      'exaone4',
      'trillion',
      'granite-docling',
      'roberta-bpe',
      'mellum',
      'modern-bert',
    ],
    patterns: [GPT2],
  },
  {
    names: ['smollm', 'starcoder', 'refact', 'command-r', 'codeshell', 'exaone', 'minerva-7b'],
    patterns: [/\p{N}/gu, GPT2],
  },
  {
    names: ['llama-bpe', 'llama3', 'llama-v3', 'falcon3', 'falcon-h1', 'pixtral', 'lfm2'],
    patterns: [modern('{1,3}')],
    wholeWords: true,
  },
  { names: ['dbrx', 'smaug-bpe', 'glm4', 'chatglm-bpe'], patterns: [modern('{1,3}')] },
  {
    names: ['qwen2', 'deepseek-r1-qwen', 'stablelm2', 'hunyuan', 'megrez'],
    patterns: [modern('')],
  },
  { names: ['falcon'], patterns: [/[\p{P}$+<=>^~|`]+/gu, GPT2, /[0-9][0-9][0-9]/gu] },
  // What llama.cpp does for files that do not say.
  { names: ['default'], patterns: [/[\p{P}$+<=>^~|]+/gu, GPT2, /\p{N}+/gu, /[0-9][0-9][0-9]/gu] },
];

/** The names of all ways that there are. */
export const SPLITTER_NAMES: readonly string[] = SPLITTERS.flatMap(({ names }) => names);

export function splitterOf(name: string): Splitter | undefined {
  return SPLITTERS.find(({ names }) => names.includes(name));
}

/**
 * The words of a well-formed text, none empty, which joined give the text.
 * @throws RangeError in V8, whose matcher keeps a stack, for a word of more than four million characters beyond U+FFFF
 */
export function split(text: string, patterns: readonly RegExp[]): string[] {
  return patterns.reduce((pieces, regex) => pieces.flatMap((piece) => cut(piece, regex)), [text]);
}

function cut(text: string, regex: RegExp): string[] {
  const pieces: string[] = [];
  let end = 0;
  for (const { 0: match, index } of text.matchAll(regex)) {
    if (index > end) pieces.push(text.slice(end, index));
    pieces.push(match);
    end = index + match.length;
  }
  if (end < text.length) pieces.push(text.slice(end));
  return pieces;
}
