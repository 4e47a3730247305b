/** Files that lie, are cut or are damaged: one clear error each, and never a hang or a large allocation. */
import { describe, expect, it, vi } from 'vitest';
import { type Rng, rng } from '../../kernels/lib/rng.ts';
import { tokenizerOf } from '../tokenizers/index.ts';
import { GgufError, type GgufValue } from './format.ts';
import { presetModel } from './presets.ts';
import { type Gguf, type GgufSource, memorySource, openGguf } from './reader.ts';
import { randomWeights } from './weights.ts';
import { serializeGguf } from './writer.ts';

/** Builds a header field by field. */
class Lie {
  #bytes: number[] = [];

  u32(...values: number[]): this {
    for (const v of values) this.#bytes.push(...new Uint8Array(Uint32Array.of(v).buffer));
    return this;
  }
  u64(...values: (number | bigint)[]): this {
    for (const v of values) this.#bytes.push(...new Uint8Array(BigUint64Array.of(BigInt(v)).buffer));
    return this;
  }
  text(text: string): this {
    const bytes = new TextEncoder().encode(text);
    this.u64(bytes.length);
    this.#bytes.push(...bytes);
    return this;
  }
  raw(...bytes: number[]): this {
    this.#bytes.push(...bytes);
    return this;
  }
  /** Padding and 64 bytes of data. */
  end(): this {
    while (this.#bytes.length % 32 !== 0) this.#bytes.push(0);
    return this.raw(...new Array(64).fill(0));
  }
  bytes(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#bytes);
  }
}

const MAGIC = 0x46554747;
const head = (tensors: number | bigint, entries: number | bigint, version = 3) =>
  new Lie().u32(MAGIC, version).u64(tensors, entries);
/** A file with one entry "k" whose value follows. */
const entry = (type: number) => head(0, 1).text('k').u32(type);
/** A file with one tensor "t"; `dims` as in the file, the row length first. */
const tensor = (type: number, dims: (number | bigint)[], offset: number | bigint) =>
  head(1, 0)
    .text('t')
    .u32(dims.length)
    .u64(...dims)
    .u32(type)
    .u64(offset)
    .end();
const twoTensors = (offsets: [number, number], names = ['a', 'b']) => {
  const file = head(2, 0);
  for (const [i, offset] of offsets.entries()) file.text(names[i]!).u32(1).u64(8).u32(0).u64(offset);
  return file.end();
};

const LIES: Record<string, [Lie, string]> = {
  'an empty file': [new Lie(), 'is truncated: the magic, at byte 0, needs 4 bytes and 0 are left'],
  'another magic': [new Lie().u32(0x4c4d4747, 3).u64(0, 0), 'is no GGUF file'],
  'version 1': [head(0, 0, 1), 'has version 1; only 2 and 3 can be read'],
  'version 4': [head(0, 0, 4), 'has version 4'],
  'big-endian': [head(0, 0, 0x03000000), 'a big-endian file?'],
  '2^62 tensors': [head(2n ** 62n, 0), 'the number of tensors, at byte 8, is 4611686018427387904'],
  '10^12 tensors': [head(1e12, 0), 'says it has 1000000000000 tensors, but only 8 bytes are left'],
  '10^9 entries': [head(0, 1e9), 'says it has 1000000000 metadata entries, but only 0 bytes are left'],
  'a key of 10^15 bytes': [
    head(0, 1).u64(1e15).u64(0, 0),
    'is truncated: key 0 of the metadata, at byte 32, needs 1000000000000000 bytes and 16 are left',
  ],
  'a key that is not UTF-8': [
    head(0, 1).u64(2).raw(0xc3, 0x28).u32(0).raw(1),
    'key 0 of the metadata, at byte 24, is not UTF-8',
  ],
  'a key twice': [
    head(0, 2).text('k').u32(0).raw(1).text('k').u32(0).raw(1),
    'has the metadata key "k" twice',
  ],
  'a key of two lines, an escape and 10,000 letters': [
    head(0, 1)
      .text(`\n\u001b[2J\u2028${'x'.repeat(10_000)}`)
      .u32(13),
    'has the unknown type 13',
  ],
  'a value of an unknown type': [entry(13).u64(0), 'the value of "k" has the unknown type 13'],
  'a string of 2^53 bytes': [entry(8).u64(2n ** 53n), 'is 9007199254740992, which is beyond any'],
  'a string one byte too long': [entry(8).u64(4).raw(1, 2, 3), 'needs 4 bytes and 3 are left'],
  'a bool of 2': [entry(7).raw(2), 'the value of "k" is or has 2, which is no bool'],
  'an array with a bool of 3': [entry(9).u32(7).u64(2).raw(1, 3), 'is or has 3, which is no bool'],
  'an array of an unknown type': [entry(9).u32(99).u64(0), 'has the unknown type 99'],
  '2^40 numbers': [
    entry(9)
      .u32(4)
      .u64(2n ** 40n),
    'says it has 1099511627776 numbers in the value of "k"',
  ],
  '2^52 strings': [
    entry(9)
      .u32(8)
      .u64(2n ** 52n),
    'only 0 bytes are left',
  ],
  '2^52 bools': [
    entry(9)
      .u32(7)
      .u64(2n ** 52n),
    'only 0 bytes are left',
  ],
  '2^52 arrays': [
    entry(9)
      .u32(9)
      .u64(2n ** 52n),
    'only 0 bytes are left',
  ],
  'arrays nested 10,000 deep': [
    Array.from({ length: 10_000 }).reduce<Lie>((file) => file.u32(9).u64(1), entry(9)),
    'has arrays nested more than 8 deep',
  ],
  'an alignment of 0': [
    head(0, 1).text('general.alignment').u32(4).u32(0),
    'general.alignment is 0, which is no power of two',
  ],
  'an alignment of 33': [head(0, 1).text('general.alignment').u32(4).u32(33), 'no power of two'],
  'an alignment that is a string': [
    head(0, 1).text('general.alignment').u32(8).text('32'),
    'general.alignment is of type string, not uint32',
  ],
  'no dimensions': [tensor(0, [], 0), 'tensor "t" has 0 dimensions, not 1 to 4'],
  'five dimensions': [tensor(0, [1, 1, 1, 1, 1], 0), 'tensor "t" has 5 dimensions'],
  '2^32 − 1 dimensions': [head(1, 0).text('t').u32(0xffffffff).end(), 'has 4294967295 dimensions'],
  'a dimension of 0': [tensor(0, [8, 0], 0), 'has dimensions 0 × 8, which must be positive'],
  'a product of dimensions beyond 2^53': [
    tensor(0, [2 ** 30, 2 ** 30, 2 ** 30, 2 ** 30], 0),
    'more than 2^53 bytes',
  ],
  'an unknown type': [tensor(4, [8], 0), 'tensor "t" has the unknown type 4'],
  'rows that are no whole blocks': [
    tensor(8, [48, 1], 0),
    'has rows of 48 elements, which is no multiple of q8_0',
  ],
  'an offset beyond the file': [tensor(0, [8], 64), 'ends at byte 160, but the file has 128'],
  'an offset of 2^60': [tensor(0, [8], 2n ** 60n), 'the offset of tensor "t"'],
  'a misaligned offset': [tensor(0, [8], 8), 'has the offset 8, which is no multiple of 32'],
  'more elements than the file has': [tensor(0, [2 ** 40], 0), '(truncated?)'],
  'two tensors in one place': [twoTensors([0, 0]), 'tensors "a" and "b" overlap'],
  'two tensors of one name': [twoTensors([0, 32], ['a', 'a']), 'has tensor "a" twice'],
};

/** Counts what is read, and gives the error or the file. */
async function attempt(bytes: Uint8Array<ArrayBuffer>, firstRead?: number) {
  let read = 0;
  const memory = memorySource('bad.gguf', bytes);
  const source: GgufSource = {
    ...memory,
    read(offset, length) {
      read += length;
      return memory.read(offset, length);
    },
  };
  let opened: Gguf | undefined;
  let error: unknown;
  try {
    opened = await openGguf(source, firstRead);
  } catch (e) {
    error = e;
  }
  return { opened, error, read };
}

function expectClear(error: unknown): void {
  expect(error).toBeInstanceOf(GgufError);
  expect((error as GgufError).message).toMatch(/^bad\.gguf: \P{C}{1,200}$/u);
}

describe('a file that lies', () => {
  it.each(Object.entries(LIES))('%s', async (_, [file, problem]) => {
    for (const firstRead of [16, 1 << 20]) {
      const { error } = await attempt(file.bytes(), firstRead);
      expectClear(error);
      expect((error as Error).message).toContain(problem);
    }
  });

  it('the same tensors in places of their own are read: the lies are what is refused', async () => {
    expect((await attempt(twoTensors([0, 32]).bytes())).error).toBeUndefined();
    expect((await attempt(twoTensors([32, 0]).bytes())).error).toBeUndefined();
    expect((await attempt(tensor(8, [32, 1], 0).bytes())).error).toBeUndefined();
  });

  it('2,000,001 empty strings, which 16 MB hold, are refused before one is made', async () => {
    const start = entry(9).u32(8).u64(2_000_001).bytes();
    const bytes = new Uint8Array(start.length + 8 * 2_000_001);
    bytes.set(start);
    const { error, read } = await attempt(bytes, 1 << 10);
    expectClear(error);
    expect((error as Error).message).toContain('says it has 2000001 elements in the value of "k"; more than');
    expect(read).toBe(1 << 10);
  });

  it('a string of 100 MiB in a header is refused before it is read', async () => {
    const start = head(0, 1)
      .text('k')
      .u32(8)
      .u64(100 << 20)
      .bytes();
    let read = 0;
    const source: GgufSource = {
      name: 'bad.gguf',
      size: 1e12,
      read(offset, length) {
        read += length;
        const out = new Uint8Array(length);
        out.set(start.subarray(offset, offset + length));
        return out;
      },
    };
    const error = await openGguf(source, 64).catch((e: unknown) => e);
    expectClear(error);
    expect((error as Error).message).toContain('has a header of more than 64 MiB');
    expect(read).toBe(64);
  });

  it('a file that is cut while it is open', async () => {
    const bytes = tensor(0, [8], 0).bytes();
    let size = bytes.length;
    const gguf = await openGguf({
      name: 'bad.gguf',
      size,
      read: (offset, length) => bytes.slice(offset, Math.min(size, offset + length)),
    });
    size -= 50;
    const error = await gguf.read('t').catch((e: unknown) => e);
    expectClear(error);
    expect((error as Error).message).toContain('has it been cut?');
  });
});

/** A small file with every kind of thing in its header. */
function smallFile(): Uint8Array<ArrayBuffer> {
  const metadata = new Map<string, GgufValue>([
    ['general.architecture', { type: 'string', value: 'llama' }],
    ['general.alignment', { type: 'uint32', value: 32 }],
    ['llama.block_count', { type: 'uint64', value: 2n }],
    ['scores', { type: 'array', of: 'float32', value: Float32Array.of(1, 2, 3) }],
    ['tokens', { type: 'array', of: 'string', value: ['a', 'bc', 'def'] }],
    ['flags', { type: 'array', of: 'bool', value: Uint8Array.of(1, 0) }],
    [
      'nested',
      { type: 'array', of: 'array', value: [{ type: 'array', of: 'int16', value: Int16Array.of(1) }] },
    ],
  ]);
  const tensors = [
    randomWeights('norm', 'f32', [8], rng(1)),
    randomWeights('q', 'q8_0', [2, 32], rng(1)),
    randomWeights('k', 'q4_0', [1, 64], rng(1)),
  ];
  return Uint8Array.from([...serializeGguf('small', { metadata, tensors })].flatMap((piece) => [...piece]));
}

it('a file that is cut anywhere before the end of its last tensor', async () => {
  const bytes = smallFile();
  const { opened } = await attempt(bytes);
  const end = Math.max(...[...opened!.tensors.values()].map((t) => t.offset + t.bytes));
  for (let length = 0; length < end; length++) {
    const { error } = await attempt(bytes.slice(0, length));
    expectClear(error);
    expect((error as Error).message).toMatch(/truncated/);
  }
  expect((await attempt(bytes.slice(0, end))).error).toBeUndefined();
});

/** Where the numbers of a header stand: its counts, lengths, types, dimensions and offsets. */
async function numbersOf(bytes: Uint8Array<ArrayBuffer>): Promise<{ at: number; width: 4 | 8 }[]> {
  const numbers: { at: number; width: 4 | 8 }[] = [];
  const { getUint32, getBigUint64 } = DataView.prototype;
  const u32 = vi.spyOn(DataView.prototype, 'getUint32').mockImplementation(function (
    this: DataView,
    at,
    little,
  ) {
    numbers.push({ at, width: 4 });
    return getUint32.call(this, at, little);
  });
  const u64 = vi.spyOn(DataView.prototype, 'getBigUint64').mockImplementation(function (
    this: DataView,
    at,
    little,
  ) {
    numbers.push({ at, width: 8 });
    return getBigUint64.call(this, at, little);
  });
  await openGguf(memorySource('whole', bytes));
  u32.mockRestore();
  u64.mockRestore();
  return numbers;
}

const EXTREMES = [
  0n,
  1n,
  255n,
  2n ** 16n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 40n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** One change to the bytes before `end`, or a shorter or longer copy. */
function mutated(
  bytes: Uint8Array<ArrayBuffer>,
  end: number,
  numbers: readonly { at: number; width: 4 | 8 }[],
  random: Rng,
): Uint8Array<ArrayBuffer> {
  const at = random.integer(end - 8);
  const view = new DataView(bytes.buffer);
  const one = () => numbers[random.integer(numbers.length)]!;
  const get = ({ at, width }: { at: number; width: 4 | 8 }) =>
    width === 4 ? BigInt(view.getUint32(at, true)) : view.getBigUint64(at, true);
  const set = ({ at, width }: { at: number; width: 4 | 8 }, value: bigint) =>
    width === 4
      ? view.setUint32(at, Number(BigInt.asUintN(32, value)), true)
      : view.setBigUint64(at, BigInt.asUintN(64, value), true);
  switch (random.integer(10)) {
    case 0:
      bytes[at] = random.integer(256);
      return bytes;
    case 1:
      bytes[at]! ^= 1 << random.integer(8);
      return bytes;
    case 2:
      view.setBigUint64(at, EXTREMES[random.integer(EXTREMES.length)]!, true);
      return bytes;
    case 3: // a piece is lost
      bytes.copyWithin(at, at + 1 + random.integer(16));
      return bytes;
    case 4: // or comes twice
      return Uint8Array.from([...bytes.subarray(0, at + 8), ...bytes.subarray(at)]);
    case 5: // or all from here on
      return bytes.slice(0, at);
    case 6: // a number that lies much
      set(one(), EXTREMES[random.integer(EXTREMES.length)]!);
      return bytes;
    case 7: {
      // or a little: one more element than there is, the next type, an offset in another tensor
      const number = one();
      set(number, get(number) + [-1n, 1n, 32n, -32n][random.integer(4)]!);
      return bytes;
    }
    case 8: // or is that of another thing: its offset, length or type
      set(one(), get(one()));
      return bytes;
    default: // or is as large as what is left, give or take
      set(one(), BigInt(Math.max(0, bytes.length - at + random.integer(17) - 8)));
      return bytes;
  }
}

/** Characters and bytes that a header has become. */
function sizeOf(value: GgufValue): number {
  if (value.type === 'string') return value.value.length;
  if (value.type !== 'array') return 8;
  if (value.of === 'string') return value.value.reduce((sum, text) => sum + 8 + text.length, 0);
  if (value.of === 'array') return value.value.reduce((sum, inner) => sum + 8 + sizeOf(inner), 0);
  return value.value.byteLength;
}

// A hang is this test's time limit. Refused: at least, because most changes hit something; at most, because some hit only a name or a
// number, so that both paths have been walked.
it.each<[string, number, () => Uint8Array<ArrayBuffer>, number, number]>([
  ['small', 10_000, smallFile, 5000, 9900],
  ['with a model of two layers and its vocabulary', 5000, modelFile, 1000, 4900],
])(
  'mutated, a file %s: %i times parsed or refused with one line, read at most four times over, and no larger in memory',
  async (_, times, file, least, most) => {
    const original = file();
    const { opened } = await attempt(original);
    const end = Math.min(...[...opened!.tensors.values()].map((t) => t.offset));
    const numbers = await numbersOf(original);
    const random = rng('fuzz');
    let refused = 0;
    for (let i = 0; i < times; i++) {
      let bytes = original.slice();
      for (let changes = 1 + random.integer(4); changes > 0 && bytes.length >= end; changes--)
        bytes = mutated(bytes, end, numbers, random);
      const { opened: gguf, error, read } = await attempt(bytes, 64);
      expect(read).toBeLessThanOrEqual(4 * bytes.length);
      if (gguf) {
        let size = 0;
        for (const [key, value] of gguf.metadata) size += key.length + sizeOf(value);
        expect(size).toBeLessThanOrEqual(bytes.length);
        for (const { name, bytes: length } of gguf.tensors.values())
          expect((await gguf.read(name)).length).toBe(length);
        refuseOrEncode(gguf);
      } else {
        expectClear(error);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(least);
    expect(refused).toBeLessThan(most);
  },
  20_000,
);

/** What a damaged vocabulary gives is a tokenizer, or one clear error. */
function refuseOrEncode(gguf: Gguf): void {
  try {
    const tokenizer = tokenizerOf(gguf);
    tokenizer.decode(tokenizer.encode('a é', { special: true }));
  } catch (error) {
    expect(error).toBeInstanceOf(GgufError);
  }
}

/** A model whose matrices are not worth their bytes here. */
function modelFile(): Uint8Array<ArrayBuffer> {
  const only = (name: string) => name.endsWith('norm.weight');
  const content = presetModel({ preset: 'tiny', type: 'q8_0', seed: 'fuzz', only });
  return Uint8Array.from([...serializeGguf('model', content)].flatMap((piece) => [...piece]));
}
