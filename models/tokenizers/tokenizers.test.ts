import { describe, expect, it } from 'vitest';
import { rng } from '../../kernels/lib/rng.ts';
import { GgufError, type GgufValue } from '../gguf/format.ts';
import { BYTE_CHARACTERS } from './bpe.ts';
import { BYTE_BOS, BYTE_EOS, BYTE_VOCABULARY, byteTokenizer } from './bytes.ts';
import { madeUpBpe, madeUpPieces } from './made-up.ts';
import { Merger } from './merge.ts';
import { SPLITTER_NAMES, split, splitterOf } from './split.ts';
import type { Tokenizer } from './tokenizer.ts';
import { bool, id, kinds, scores, text, texts, tokenizerFrom } from './tokenizers.fixture.ts';
import { byteName, KIND } from './vocabulary.ts';

/** Byte n is token n; then these. */
const HAND_BPE: [string, GgufValue][] = [
  ['model', text('gpt2')],
  ['pre', text('gpt-2')],
  ['tokens', texts([...BYTE_CHARACTERS, 'lo', 'low', 'er', 'Ġlow', 'aa', 'bc', 'ab', '<end>', '<user>'])],
  [
    'token_type',
    kinds([
      ...new Array(256).fill(KIND.normal),
      ...new Array(7).fill(KIND.normal),
      KIND.control,
      KIND.userDefined,
    ]),
  ],
  // `u v` and `uv w` make no tokens, so that what they join comes apart again.
  ['merges', texts(['l o', 'lo w', 'e r', 'Ġ low', 'a a', 'b c', 'a b', 'u v', 'uv w'])],
  ['eos_token_id', id(263)],
];
const [LO, LOW, ER, SPACE_LOW, AA, BC, AB, END, USER] = [256, 257, 258, 259, 260, 261, 262, 263, 264];
const codes = (s: string) => [...s].map((c) => c.charCodeAt(0));

const PIECES = ['▁', 'h', 'e', 'l', 'o', 'a', 'b', 'c', 'll', 'he', 'hell', 'hello', '▁hello', 'ab', 'bc'];
/** <unk>, <s>, </s>, the byte b is 3 + b, and from 259 the pieces; the sooner they are to be joined, the higher their score. */
const HAND_PIECES: [string, GgufValue][] = [
  ['model', text('llama')],
  [
    'tokens',
    texts([
      '<unk>',
      '<s>',
      '</s>',
      ...Array.from({ length: 256 }, (_, b) => byteName(b)),
      ...PIECES,
      '<user>',
    ]),
  ],
  [
    'token_type',
    kinds([
      KIND.unknown,
      KIND.control,
      KIND.control,
      ...new Array(256).fill(KIND.byte),
      ...PIECES.map(() => KIND.normal),
      KIND.userDefined,
    ]),
  ],
  [
    'scores',
    scores([
      ...new Array(259).fill(0),
      ...[-20, -20, -20, -20, -20, -20, -20, -20, -1, -2, -5, -6, -7, -9, -8],
      0,
    ]),
  ],
];
const piece = (name: string) => 259 + [...PIECES, '<user>'].indexOf(name);

const changed = (entries: [string, GgufValue][], changes: Record<string, GgufValue | undefined>) =>
  Object.entries({ ...Object.fromEntries(entries), ...changes }).filter(
    (entry): entry is [string, GgufValue] => entry[1] !== undefined,
  );

describe('byte-level BPE of a vocabulary made by hand', async () => {
  const bpe = await tokenizerFrom(HAND_BPE);
  it.each<[string, number[]]>([
    ['', []],
    ['lo', [LO]],
    ['low', [LOW]],
    ['lower', [LOW, ER]],
    // The space belongs to the word behind it, and the merge with it comes last.
    ['low low', [LOW, SPACE_LOW]],
    // `e r` (2) before anything else that is left.
    ['slower', [...codes('s'), LOW, ER]],
    // The leftmost of equals; a token is not joined with itself without a merge.
    ['aaa', [AA, ...codes('a')]],
    ['aaaa', [AA, AA]],
    // `b c` stands before `a b`.
    ['abc', [...codes('a'), BC]],
    ['abab', [AB, AB]],
    // Not over the border of words.
    ["lo'er", [LO, ...codes("'"), ER]],
    ['é', [0xc3, 0xa9]],
    // Joined to what is no token.
    ['uvw', codes('uvw')],
    // The name of a control token is a text, that of a user-defined one is not.
    ['<end>', codes('<end>')],
    ['a<user>a', [...codes('a'), USER, ...codes('a')]],
  ])('%j is %j', (s, expected) => {
    expect([...bpe.encode(s)]).toEqual(expected);
    expect(bpe.decode(expected)).toBe(s);
  });

  it('special: names of control tokens are these, and texts begin and end as the file says', async () => {
    expect([...bpe.encode('low<end>', { special: true })]).toEqual([LOW, END]);
    expect(bpe.decode([LOW, END, LO])).toBe('lowlo');
    expect([bpe.size, bpe.bos, bpe.eos]).toEqual([265, undefined, END]);
    const both = await tokenizerFrom(
      changed(HAND_BPE, { bos_token_id: id(0), add_bos_token: bool(true), add_eos_token: bool(true) }),
    );
    expect([...both.encode('low', { special: true })]).toEqual([0, LOW, END]);
    expect([...both.encode('low')]).toEqual([LOW]);
  });

  it('a word that is a token is this token for llama-bpe, whatever merges say', async () => {
    const without = { merges: texts(['l o']), bos_token_id: id(0) };
    const gpt2 = await tokenizerFrom(changed(HAND_BPE, without));
    expect([...gpt2.encode('low low')]).toEqual([LO, ...codes('w '), LO, ...codes('w')]);
    const llama = await tokenizerFrom(changed(HAND_BPE, { ...without, pre: text('llama-bpe') }));
    expect([...llama.encode('low low')]).toEqual([LOW, SPACE_LOW]);
    // And it begins with BOS, since the file does not say.
    expect([...llama.encode('low', { special: true })]).toEqual([0, LOW]);
  });

  it('a byte without a token is the unknown one, or an error', async () => {
    const few = { tokens: texts(['a', 'b', '?']), token_type: kinds([1, 1, 2]), eos_token_id: undefined };
    const known = await tokenizerFrom(changed(HAND_BPE, few));
    expect([...known.encode('axb')]).toEqual([0, 2, 1]);
    const unknown = await tokenizerFrom(changed(HAND_BPE, { ...few, token_type: kinds([1, 1, 1]) }));
    expect(() => unknown.encode('axb')).toThrow('test.gguf: has no token for the byte <0x78>');
  });
});

describe('words', () => {
  const words = (name: string, s: string) => split(s, splitterOf(name)!.patterns);
  it.each([
    ['gpt-2', "Hello world's 123  x", ['Hello', ' world', "'s", ' 123', ' ', ' x']],
    ['gpt-2', 'a\n\n b!?\t', ['a', '\n\n', ' b', '!?', '\t']],
    ['smollm', 'in 2024  x', ['in', ' ', '2', '0', '2', '4', ' ', ' x']],
    ['llama-bpe', "I'LL pay 12345!\n\n  x", ['I', "'LL", ' pay', ' ', '123', '45', '!\n\n', ' ', ' x']],
    ['qwen2', ' 12 (x)', [' ', '1', '2', ' (', 'x', ')']],
    ['falcon', 'a+b 1234', ['a', '+', 'b', ' 1234'.slice(0, 1), '123', '4']],
    ['default', 'x=10', ['x', '=', '10']],
    // White space of Unicode, not of JavaScript: U+FEFF is none, U+0085 is.
    ['gpt-2', 'a\u0085\ufeffb', ['a', '\u0085', '\ufeff', 'b']],
  ])('%s cuts %j into %j', (name, s, expected) => {
    expect(words(name, s)).toEqual(expected);
  });

  it('of every way make up the text', () => {
    for (const name of SPLITTER_NAMES)
      for (const s of HOSTILE) expect(words(name, s.toWellFormed()).join('')).toBe(s.toWellFormed());
  });
});

describe('SentencePiece of a vocabulary made by hand', async () => {
  const pieces = await tokenizerFrom(HAND_PIECES);
  it.each<[string, number[]]>([
    ['', []],
    ['hello', [piece('▁hello')]],
    ['hello hello', [piece('▁hello'), piece('▁hello')]],
    ['ll', [piece('▁'), piece('ll')]],
    // `ll` first, so that `lll` has the pair at the left.
    ['lll', [piece('▁'), piece('ll'), piece('l')]],
    // `bc` has the higher score than `ab`.
    ['abc', [piece('▁'), piece('a'), piece('bc')]],
    [' ', [piece('▁'), piece('▁')]],
    // Bytes of a character that is no piece.
    ['aé', [piece('▁'), piece('a'), 3 + 0xc3, 3 + 0xa9]],
    ['\n', [piece('▁'), 3 + 10]],
    // The name of a byte or of a control token is a text.
    ['<s>', [piece('▁'), ...codes('<s>').map((b) => 3 + b)]],
    // A space is put before what follows a special token, too.
    ['a<user>b', [piece('▁'), piece('a'), piece('<user>'), piece('▁'), piece('b')]],
  ])('%j is %j', (s, expected) => {
    expect([...pieces.encode(s)]).toEqual(expected);
    expect(pieces.decode(expected)).toBe(s);
  });

  it('BOS and EOS are 1 and 2 unless the file says otherwise; prompts begin with BOS', async () => {
    expect([pieces.bos, pieces.eos]).toEqual([1, 2]);
    const prompt = [1, piece('▁hello'), 2, piece('▁'), piece('a')];
    expect([...pieces.encode('hello</s>a', { special: true })]).toEqual(prompt);
    expect(pieces.decode(prompt)).toBe('helloa');
    const other = await tokenizerFrom(changed(HAND_PIECES, { add_bos_token: bool(false) }));
    expect([...other.encode('hello', { special: true })]).toEqual([piece('▁hello')]);
  });

  it('without a space in front, if the file says so', async () => {
    const bare = await tokenizerFrom(changed(HAND_PIECES, { add_space_prefix: bool(false) }));
    expect([...bare.encode('hello hello')]).toEqual([piece('hello'), piece('▁hello')]);
    expect(bare.decode([piece('▁hello')])).toBe(' hello');
  });

  it("a text's own U+2581 is a space afterwards", () => {
    expect(pieces.decode(pieces.encode('a▁b'))).toBe('a b');
  });

  it('256 byte tokens alone give back every text, spaces and U+2581 too', async () => {
    const bytes = await tokenizerFrom([
      ['model', text('llama')],
      ['tokens', texts(Array.from({ length: 256 }, (_, b) => byteName(b)))],
      ['add_space_prefix', bool(false)],
      ['add_bos_token', bool(false)],
    ]);
    const s = ' a ▁é';
    expect([...bytes.encode(s)]).toEqual([...new TextEncoder().encode(s)]);
    expect(bytes.decode(bytes.encode(s))).toBe(s);
  });
});

describe('the plain byte tokenizer', async () => {
  const bytes = await tokenizerFrom(byteTokenizer());
  it('has the byte n as token n, and two more', () => {
    expect([bytes.size, bytes.bos, bytes.eos]).toEqual([BYTE_VOCABULARY, BYTE_BOS, BYTE_EOS]);
    for (let n = 0; n < 256; n++) expect([...bytes.bytes(n)]).toEqual([n]);
    expect(bytes.bytes(BYTE_EOS).length).toBe(0);
    const s = 'Aé ~\u0000';
    expect([...bytes.encode(s)]).toEqual([...new TextEncoder().encode(s)]);
    expect([...bytes.encode(s, { special: true })]).toEqual([BYTE_BOS, ...new TextEncoder().encode(s)]);
  });
});

describe('llama.cpp gives the same tokens', () => {
  // What llama.cpp's release v0.5.0 gave for files with these vocabularies. For 1,800 texts, of pieces of text and characters drawn
  // at random, it was compared with this folder too, with vocabularies learned from English and source code: no difference
  // with gpt-2, smollm, starcoder, llama-bpe, dbrx, qwen2, falcon, default, and llama with and without the space in front.
  const S = "Hello there, world's  end: 2025!\n\tthe\u00a0naïve 漢字 😀";
  const N = '<|im_start|>user\n<s>the rest</s>';
  const bpe = [
    75, 32053, 5729, 323, 47, 33327, 501, 42, 118, 35, 17771, 61, 35, 53, 51, 53, 56, 36, 13, 12, 3303, 197,
    163, 310, 198, 178, 533, 35, 233, 191, 165, 232, 176, 154, 35, 243, 162, 155, 131,
  ];
  const pieces = [
    31973, 75, 338, 390, 5729, 323, 47, 379, 354, 501, 42, 845, 2316, 61, 31973, 53, 51, 53, 56, 36, 13, 12,
    3303, 197, 163, 310, 198, 178, 1461, 233, 191, 165, 232, 176, 154, 31973, 243, 162, 155, 131,
  ];
  it('for a byte-level BPE of 49,152', async () => {
    const smollm = await tokenizerFrom(madeUpBpe(49_152));
    expect([...smollm.encode(S)]).toEqual(bpe);
    expect([...smollm.encode(N)]).toEqual([
      63, 127, 454, 98, 1491, 334, 127, 65, 120, 3157, 13, 63, 118, 65, 3303, 304, 2322, 63, 50, 118, 65,
    ]);
    expect([...smollm.encode(N, { special: true })]).toEqual([
      1, 120, 3157, 13, 63, 118, 65, 3303, 304, 2322, 63, 50, 118, 65,
    ]);
  });

  it('for a SentencePiece vocabulary of 32,000', async () => {
    const llama = await tokenizerFrom(madeUpPieces(32_000));
    expect([...llama.encode(S)]).toEqual(pieces);
    expect([...llama.encode(N, { special: true })]).toEqual([
      1, 31973, 63, 127, 454, 98, 1491, 334, 127, 65, 31986, 3157, 13, 1, 262, 10725, 2322, 2,
    ]);
  });
});

const HOSTILE: readonly string[] = [
  '',
  ' ',
  '  a  ',
  '\u0000',
  '\ufeffx\ufeff',
  '😀👨‍👩‍👧',
  'e\u0301 \u0085\u00a0\u3000\u2028',
  'x\ud800y',
  '\udc00\ud800',
  "I'LL we're 'tis '",
  '\r\n\r \t\n ',
  '<0x41><unk><s></s><|endoftext|>',
  Array.from({ length: 256 }, (_, n) => String.fromCharCode(n)).join(''),
  // Every character of the basic plane but SentencePiece's space, and the last one that there is.
  Array.from({ length: 0x10000 }, (_, n) => (n === 0x2581 ? '' : String.fromCharCode(n))).join('') +
    '\u{10ffff}',
];

describe('what is encoded is decoded', async () => {
  const tokenizers: [string, Tokenizer][] = [
    ['BPE by hand', await tokenizerFrom(HAND_BPE)],
    ['BPE', await tokenizerFrom(madeUpBpe(10_000))],
    ['SentencePiece by hand', await tokenizerFrom(HAND_PIECES)],
    ['SentencePiece', await tokenizerFrom(madeUpPieces(10_000))],
    ['bytes', await tokenizerFrom(byteTokenizer())],
  ];
  const check = (tokenizer: Tokenizer, s: string) => {
    const tokens = tokenizer.encode(s);
    expect(tokens.every((token) => token < tokenizer.size)).toBe(true);
    expect(tokenizer.decode(tokens)).toBe(s.toWellFormed());
    const stream = tokenizer.stream();
    expect(Array.from(tokens, (token) => stream.push(token)).join('') + stream.end()).toBe(s.toWellFormed());
  };

  it.each(tokenizers)('by %s: texts made to break it', (_, tokenizer) => {
    for (const s of HOSTILE) check(tokenizer, s);
  });

  it.each(tokenizers)('by %s: random texts', (_, tokenizer) => {
    const random = rng('texts');
    const parts = [...HOSTILE.slice(0, 12), 'the', 'low', 'hello', 'ab', '12', '漢', '\u{1d7d8}', '<', "'s"];
    for (let i = 0; i < 300; i++)
      check(tokenizer, Array.from({ length: 20 }, () => parts[random.integer(parts.length)]).join(''));
  });

  it.each(tokenizers)('by %s: runs of 100,000', (_, tokenizer) => {
    for (const run of ['a', ' ', '1', '😀', 'a \n']) {
      const s = run.repeat(100_000 / run.length);
      expect(tokenizer.decode(tokenizer.encode(s)) === s).toBe(true);
    }
  });
});

describe('a stream', async () => {
  const bytes = await tokenizerFrom(byteTokenizer());
  it('gives a character when its last byte has come', () => {
    const stream = bytes.stream();
    expect(Array.from(bytes.encode('é😀a'), (token) => stream.push(token))).toEqual([
      ...['', 'é', '', '', '', '😀', 'a'],
    ]);
    expect(stream.end()).toBe('');
  });

  it('shows a character that stays incomplete as U+FFFD, and bytes that begin none', () => {
    const stream = bytes.stream();
    expect([stream.push(0xf0), stream.push(0x9f), stream.push(0x61), stream.push(0xff)]).toEqual([
      ...['', '', '\ufffda', '\ufffd'],
    ]);
    expect([stream.push(0xc3), stream.end()]).toEqual(['', '\ufffd']);
  });

  it('drops the space in front of a text, but not of one that goes on', async () => {
    const pieces = await tokenizerFrom(HAND_PIECES);
    expect(pieces.stream().push(piece('▁hello'))).toBe('hello');
    expect(pieces.stream({ continues: true }).push(piece('▁hello'))).toBe(' hello');
  });
});

it('joining 100,000 symbols asks at most six times a symbol what may be joined, in the order of ranks', () => {
  let asked = 0;
  let last = -1;
  let lasting = true;
  const merger = new Merger({
    // Two equal symbols below 10 become the next.
    find(left, right) {
      asked++;
      return left === right && left < 10 ? left : -1;
    },
    rank: (join) => join,
    result(join) {
      lasting &&= join >= last;
      last = join;
      return join + 1;
    },
  });
  const n = 100_000;
  merger.reserve(n);
  merger.symbols.fill(0, 0, n);
  const count = merger.merge(n);
  // 97 × 2^10 = 99,328, and 672 = 2^9 + 2^7 + 2^5.
  expect([...merger.symbols.subarray(0, count)]).toEqual([...new Array(97).fill(10), 9, 7, 5]);
  expect(lasting).toBe(true);
  expect(asked).toBeLessThanOrEqual(6 * n);
});

describe('a file whose tokenizer is missing, malformed or unknown: one line', () => {
  const bad: Record<string, [[string, GgufValue][], string]> = {
    'no tokenizer': [[], 'has no tokenizer (no "tokenizer.ggml.model")'],
    'a model that is a number': [
      [['model', id(1)]],
      '"tokenizer.ggml.model" is of type uint32, not a string',
    ],
    'another model': [
      changed(HAND_BPE, { model: text('bert') }),
      'has a tokenizer of the model "bert"; only',
    ],
    'a name of 10,000 letters': [
      changed(HAND_BPE, { model: text('x\n'.repeat(5000)) }),
      'only gpt2 and llama',
    ],
    'another way to cut': [
      changed(HAND_BPE, { pre: text('klingon') }),
      'has "klingon" as "tokenizer.ggml.pre"',
    ],
    'no tokens': [changed(HAND_BPE, { tokens: undefined }), 'has no metadata key "tokenizer.ggml.tokens"'],
    'tokens that are numbers': [
      changed(HAND_BPE, { tokens: kinds([1]) }),
      'is of type array of int32, not an array of strings',
    ],
    'an empty vocabulary': [changed(HAND_PIECES, { tokens: texts([]) }), 'a vocabulary without tokens'],
    'too few types': [
      changed(HAND_BPE, { token_type: kinds([1, 1]) }),
      'has 2 values in "tokenizer.ggml.token_type" for 265 tokens',
    ],
    'scores that are strings': [changed(HAND_PIECES, { scores: texts(['1']) }), 'not an array of numbers'],
    'scores that are bigints': [
      changed(HAND_PIECES, { scores: { type: 'array', of: 'int64', value: new BigInt64Array(300) } }),
      'is of type array of int64, not an array of numbers',
    ],
    'too few scores': [
      changed(HAND_PIECES, { scores: scores([1]) }),
      'has 1 values in "tokenizer.ggml.scores"',
    ],
    'no merges': [changed(HAND_BPE, { merges: undefined }), 'no metadata key "tokenizer.ggml.merges"'],
    'a merge of one part': [
      changed(HAND_BPE, { merges: texts(['a b', 'ab']) }),
      'has "ab" as merge 1, which',
    ],
    'a merge with nothing': [changed(HAND_BPE, { merges: texts(['a ']) }), 'has "a " as merge 0, which'],
    'an EOS that is no token': [
      changed(HAND_BPE, { eos_token_id: id(265) }),
      'has 265 as "tokenizer.ggml.eos_token_id", but 265 tokens',
    ],
    'a BOS of −1': [
      changed(HAND_PIECES, { bos_token_id: { type: 'int32', value: -1 } }),
      'has -1 as "tokenizer.ggml.bos_token_id"',
    ],
    'a BOS that is to be added, but is none': [
      changed(HAND_BPE, { add_bos_token: bool(true) }),
      'says that texts begin with a token, but has no',
    ],
    'a flag that is a number': [changed(HAND_PIECES, { add_space_prefix: id(1) }), 'not a bool'],
  };
  it.each(Object.entries(bad))('%s', async (_, [entries, problem]) => {
    const error = await tokenizerFrom(entries).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(GgufError);
    expect((error as Error).message).toMatch(/^test\.gguf: \P{C}{1,400}$/u);
    expect((error as Error).message).toContain(problem);
  });

  it('tokens out of range', async () => {
    const bytes = await tokenizerFrom(byteTokenizer());
    for (const token of [-1, 258, 1.5, Number.NaN, 2 ** 40]) {
      expect(() => bytes.bytes(token)).toThrow(`test.gguf: has no token ${token}: its vocabulary has 258`);
      expect(() => bytes.decode([65, token])).toThrow(GgufError);
      expect(() => bytes.stream().push(token)).toThrow(GgufError);
    }
  });

  it('1000 damaged vocabularies: refused, or one that encodes and decodes', async () => {
    const random = rng('vocabularies');
    let refused = 0;
    for (let i = 0; i < 1000; i++) {
      const entries = new Map(random.integer(2) === 0 ? HAND_BPE : HAND_PIECES);
      for (let changes = 1 + random.integer(3); changes > 0; changes--) {
        const keys = [...entries.keys()];
        const key = keys[random.integer(keys.length)]!;
        entries.set(key, damaged(entries.get(key)!, random.integer));
      }
      try {
        const tokenizer = await tokenizerFrom(entries);
        const tokens = tokenizer.encode('hello low\u0000 é <user>', { special: true });
        expect(tokens.every((token) => token < tokenizer.size)).toBe(true);
        tokenizer.decode(tokens);
        tokenizer.decode(Array.from({ length: tokenizer.size }, (_, token) => token));
      } catch (error) {
        expect(error).toBeInstanceOf(GgufError);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(300);
    expect(refused).toBeLessThan(900);
  });
});

/** A value of another type or with something lost, doubled or exchanged. */
function damaged(value: GgufValue, integer: (n: number) => number): GgufValue {
  const others = [
    id(integer(2 ** 32)),
    text('gpt2'),
    bool(integer(2) === 1),
    texts([]),
    scores([Number.NaN]),
  ];
  if (value.type !== 'array' || integer(4) === 0) return others[integer(others.length)]!;
  if (value.of === 'string') {
    const list = [...value.value];
    const at = integer(list.length);
    list.splice(at, integer(3), ...['', '▁', 'a', list[0] ?? 'x', '<0x41>', '\ufffd'].slice(integer(6), 6));
    return texts(list);
  }
  if (value.of === 'int32')
    return kinds(Array.from(value.value, (v) => (integer(50) === 0 ? integer(9) - 1 : v)));
  return scores(Array.from(value.value as Float32Array, (v) => (integer(9) === 0 ? Number.NaN : v)));
}
