import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rng } from '../../kernels/lib/rng.ts';
import { openGgufFile, writeGgufFile } from './file.ts';
import { GgufError, type GgufValue } from './format.ts';
import { type GgufSource, memorySource, openGguf } from './reader.ts';
import { ggufTensor } from './tensor.ts';
import { randomWeights } from './weights.ts';
import { type GgufContent, serializeGguf } from './writer.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gguf-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

function bytesOf(content: GgufContent): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...serializeGguf('test', content)].flatMap((piece) => [...piece]));
}

const TEXT = '\ufeffa byte-order mark, ünï, 🙂 and \u0000';

/** A value of each type, arrays of each type, and an array of arrays. */
const VALUES: Record<string, GgufValue> = {
  'general.alignment': { type: 'uint32', value: 64 },
  u8: { type: 'uint8', value: 255 },
  i8: { type: 'int8', value: -128 },
  u16: { type: 'uint16', value: 65_535 },
  i16: { type: 'int16', value: -32_768 },
  u32: { type: 'uint32', value: 4_294_967_295 },
  i32: { type: 'int32', value: -2_147_483_648 },
  u64: { type: 'uint64', value: 2n ** 64n - 1n },
  i64: { type: 'int64', value: -(2n ** 63n) },
  f32: { type: 'float32', value: Math.fround(1e-5) },
  f64: { type: 'float64', value: Math.PI },
  nan: { type: 'float32', value: Number.NaN },
  yes: { type: 'bool', value: true },
  no: { type: 'bool', value: false },
  text: { type: 'string', value: TEXT },
  empty: { type: 'string', value: '' },
  'u8[]': { type: 'array', of: 'uint8', value: Uint8Array.of(1, 2, 3) },
  'i8[]': { type: 'array', of: 'int8', value: Int8Array.of(-1, 2) },
  'u16[]': { type: 'array', of: 'uint16', value: Uint16Array.of(513) },
  'i16[]': { type: 'array', of: 'int16', value: Int16Array.of(-513, 1) },
  'u32[]': { type: 'array', of: 'uint32', value: Uint32Array.of(1, 2, 3) },
  'i32[]': { type: 'array', of: 'int32', value: new Int32Array(0) },
  'u64[]': { type: 'array', of: 'uint64', value: BigUint64Array.of(5n, 2n ** 60n) },
  'i64[]': { type: 'array', of: 'int64', value: BigInt64Array.of(-5n) },
  'f32[]': { type: 'array', of: 'float32', value: Float32Array.of(0.5, -0, Number.POSITIVE_INFINITY) },
  'f64[]': { type: 'array', of: 'float64', value: Float64Array.of(0.1) },
  'bool[]': { type: 'array', of: 'bool', value: Uint8Array.of(1, 0, 1) },
  'string[]': { type: 'array', of: 'string', value: ['Ġthe', '', 'é'] },
  'array[]': {
    type: 'array',
    of: 'array',
    value: [
      { type: 'array', of: 'uint8', value: Uint8Array.of(1) },
      { type: 'array', of: 'string', value: ['x'] },
      { type: 'array', of: 'array', value: [] },
    ],
  },
};

const CONTENT: GgufContent = {
  metadata: new Map(Object.entries(VALUES)),
  tensors: [
    randomWeights('one', 'f32', [1], rng(1)),
    randomWeights('matrix', 'q8_0', [3, 64], rng(1)),
    randomWeights('cube', 'q4_0', [2, 3, 32], rng(1)),
    randomWeights('four', 'f16', [2, 1, 3, 5], rng(1)),
  ],
};

const dataOf = (content: GgufContent, name: string) =>
  Uint8Array.from([...content.tensors.find((t) => t.name === name)!.data()].flatMap((piece) => [...piece]));

describe('what is written is read back', () => {
  // 1: the header is asked for again and again as it turns out to be longer.
  it.each([1, 100, 1 << 20])('with %i bytes read at first', async (firstRead) => {
    const gguf = await openGguf(memorySource('test', bytesOf(CONTENT)), firstRead);
    expect(gguf.version).toBe(3);
    expect(gguf.alignment).toBe(64);
    expect([...gguf.metadata]).toEqual([...CONTENT.metadata]);
    expect([...gguf.tensors.keys()]).toEqual(['one', 'matrix', 'cube', 'four']);
    for (const { name, type, dims } of CONTENT.tensors) {
      expect(gguf.tensor(name)).toMatchObject({ name, type, dims });
      expect(gguf.tensor(name).offset % 64).toBe(0);
      expect(await gguf.read(name)).toEqual(dataOf(CONTENT, name));
    }
  });

  it('through a file, which leaves nothing but itself behind', async () => {
    const path = join(folder, 'model.gguf');
    await writeGgufFile(path, CONTENT);
    expect(await readdir(folder)).toEqual(['model.gguf']);
    const gguf = await openGgufFile(path);
    expect(await gguf.read('matrix')).toEqual(dataOf(CONTENT, 'matrix'));
    expect([gguf.number('i16'), gguf.string('text').length]).toEqual([-32_768, TEXT.length]);
    expect(() => gguf.number('text')).toThrow(`${path}: "text" is of type string, not a number`);
    expect(() => gguf.number('u64')).toThrow('"u64" is beyond 2^53');
    expect(() => gguf.string('none')).toThrow('has no metadata key "none"');
    await expect(gguf.read('none')).rejects.toThrow('has no tensor "none"');
    await gguf.close();
  });

  it('without tensors and metadata', async () => {
    const bytes = bytesOf({ metadata: new Map(), tensors: [] });
    const gguf = await openGguf(memorySource('test', bytes.slice(0, 24)));
    expect([gguf.metadata.size, gguf.tensors.size]).toEqual([0, 0]);
  });
});

it('a file laid out by hand from the specification is written and read', async () => {
  const u32 = (n: number) => [n, 0, 0, 0];
  const u64 = (n: number) => [n, 0, 0, 0, 0, 0, 0, 0];
  const text = (s: string) => [...u64(s.length), ...new TextEncoder().encode(s)];
  const header = (version: number) => [
    ...new TextEncoder().encode('GGUF'),
    ...u32(version),
    ...u64(1), // tensors
    ...u64(2), // entries
    ...[...text('a.b'), ...u32(4), ...u32(7)],
    ...[...text('t'), ...u32(9), ...u32(8), ...u64(2), ...text('x'), ...text('yz')],
    // [2 rows, 3 columns]: the row length comes first in the file. Type 0, offset 0.
    ...[...text('w'), ...u32(2), ...u64(3), ...u64(2), ...u32(0), ...u64(0)],
  ];
  const weights = Float32Array.of(1, -2, 3, 4, 5, 6);
  const data = new Uint8Array(weights.buffer);
  const pad = (n: number) => new Array(n).fill(0);
  const file = (version: number) => {
    const head = header(version);
    return Uint8Array.from([...head, ...pad(-head.length & 31), ...data, ...pad(8)]);
  };
  const content: GgufContent = {
    metadata: new Map<string, GgufValue>([
      ['a.b', { type: 'uint32', value: 7 }],
      ['t', { type: 'array', of: 'string', value: ['x', 'yz'] }],
    ]),
    tensors: [{ name: 'w', type: 'f32', dims: [2, 3], data: () => [data] }],
  };
  expect(bytesOf(content)).toEqual(file(3));
  for (const version of [2, 3]) {
    const gguf = await openGguf(memorySource('by hand', file(version)));
    expect([gguf.version, ...gguf.metadata]).toEqual([version, ...content.metadata]);
    expect(gguf.tensor('w')).toMatchObject({ type: 'f32', dims: [2, 3], bytes: 24 });
    expect(new Float32Array((await gguf.read('w')).buffer)).toEqual(weights);
  }
});

it('reading the header and one tensor of a large file reads no more than these', async () => {
  const bytes = bytesOf(CONTENT);
  const size = 1e12;
  let read = 0;
  const source: GgufSource = {
    name: 'large',
    size,
    read(offset, length) {
      read += length;
      const out = new Uint8Array(length);
      out.set(bytes.subarray(offset, offset + length));
      return out;
    },
  };
  const gguf = await openGguf(source, 1 << 16);
  await gguf.read('matrix');
  expect(read).toBe((1 << 16) + 3 * 2 * 34);
});

describe('a part of a tensor to memory that is there', () => {
  const bytes = bytesOf(CONTENT);
  const readOnly: GgufSource = {
    ...{ name: 'reads', size: bytes.length },
    read: (offset, length) => bytes.slice(offset, offset + length),
  };
  it.each([
    ['straight', memorySource('memory', bytes)],
    ['of a source that only gives memory of its own', readOnly],
  ])('is that of the whole, %s', async (_, source) => {
    const gguf = await openGguf(source);
    const whole = await gguf.read('matrix');
    const to = new Uint8Array(34).fill(1);
    await gguf.readInto('matrix', 68, to);
    expect(to).toEqual(whole.slice(68, 102));
    await expect(gguf.readInto('matrix', whole.length - 33, to)).rejects.toThrow(
      '34 bytes from 171 on, of the 204 of "matrix"',
    );
  });

  it('is missed where the file has become shorter', async () => {
    const { length } = bytes;
    const source: GgufSource = { ...memorySource('cut', bytes), readInto: (_, to) => to.length - 1 };
    expect(source.size).toBe(length);
    const gguf = await openGguf(source);
    await expect(gguf.readInto('matrix', 0, new Uint8Array(34))).rejects.toThrow('gave 33 of 34 bytes at');
  });
});

it('tensors are made one piece at a time, when their turn to be written comes', () => {
  const made: string[] = [];
  const tensor = (name: string) => ({
    name,
    type: 'f32' as const,
    dims: [8],
    *data() {
      for (const half of ['a', 'b']) {
        made.push(name + half);
        yield new Uint8Array(16);
      }
    },
  });
  const seen: number[] = [];
  for (const _ of serializeGguf('test', { metadata: new Map(), tensors: [tensor('x'), tensor('y')] }))
    seen.push(made.length);
  // Header and padding; two pieces and padding, twice.
  expect(seen).toEqual([0, 0, 1, 2, 2, 3, 4, 4]);
});

describe('the writer refuses, naming the file, and leaves no file behind', () => {
  const data = () => [new Uint8Array(4)];
  const tensor = { name: 'x', type: 'f32', dims: [1], data } as const;
  const none = new Map<string, GgufValue>();
  const bad: Record<string, [GgufContent, string]> = {
    'a number that does not fit': [
      { metadata: new Map([['k', { type: 'uint8', value: 256 }]]), tensors: [] },
      '"k": 256 does not fit uint8',
    ],
    'a fraction as an integer': [
      { metadata: new Map([['k', { type: 'int32', value: 1.5 }]]), tensors: [] },
      '"k": 1.5 does not fit int32',
    ],
    'an alignment of 48': [
      { metadata: new Map([['general.alignment', { type: 'uint32', value: 48 }]]), tensors: [] },
      'general.alignment is 48, which is no power of two',
    ],
    'a name twice': [{ metadata: none, tensors: [tensor, tensor] }, 'has tensor "x" twice'],
    'a name of 64 bytes': [
      { metadata: none, tensors: [{ ...tensor, name: 'é'.repeat(32) }] },
      'is longer than 63 bytes',
    ],
    'rows that are no whole blocks': [
      { metadata: none, tensors: [{ ...tensor, type: 'q8_0', dims: [2, 33] }] },
      'tensor "x" has rows of 33 elements',
    ],
    'no dimensions': [{ metadata: none, tensors: [{ ...tensor, dims: [] }] }, 'has 0 dimensions'],
    'too few bytes': [{ metadata: none, tensors: [{ ...tensor, dims: [2] }] }, 'has 4 bytes, not 8 bytes'],
    'too many bytes': [
      { metadata: none, tensors: [{ ...tensor, dims: [2], data: () => [new Uint8Array(9)] }] },
      'has more than 8 bytes',
    ],
  };
  it.each(Object.entries(bad))('%s', async (_, [content, problem]) => {
    const path = join(await mkdtemp(join(folder, 'refused-')), 'x.gguf');
    const error = await writeGgufFile(path, content).then(
      () => undefined,
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(GgufError);
    expect((error as Error).message).toContain(problem);
    expect((error as Error).message.startsWith(path)).toBe(true);
    expect(await readdir(join(path, '..'))).toEqual([]);
  });
});

describe('ggufTensor', () => {
  it('gives another tensor at each call, the same for the same seed, and deletes its file', async () => {
    const before = (await readdir(tmpdir())).filter((name) => name.startsWith('kernel-zoo-'));
    const random = rng('seed');
    const first = await ggufTensor('q8_0', [4, 64], random);
    const second = await ggufTensor('q8_0', [4, 64], random);
    expect(first.length).toBe(8 * 34);
    expect(second).not.toEqual(first);
    expect(await ggufTensor('q8_0', [4, 64], rng('seed'))).toEqual(first);
    const after = (await readdir(tmpdir())).filter((name) => name.startsWith('kernel-zoo-'));
    expect(after.filter((name) => !before.includes(name))).toEqual([]);
  });

  it('has weights of mean 0 and deviation 0.02, across pieces', async () => {
    const bytes = await ggufTensor('f32', [2, 50_000], rng(7));
    const x = new Float32Array(bytes.buffer);
    const mean = x.reduce((a, b) => a + b, 0) / x.length;
    const variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / x.length;
    // Four standard errors.
    expect(Math.abs(mean)).toBeLessThan((4 * 0.02) / Math.sqrt(1e5));
    expect(Math.abs(Math.sqrt(variance) / 0.02 - 1)).toBeLessThan(4 / Math.sqrt(2e5));
  });

  it('refuses types it cannot make and shapes that cannot be', async () => {
    await expect(ggufTensor('q9', [1, 32], rng(1))).rejects.toThrow('unknown ggml type "q9"');
    await expect(ggufTensor('q3_k', [1, 256], rng(1))).rejects.toThrow('no quantiser to q3_k');
    await expect(ggufTensor('q8_0', [1, 33], rng(1))).rejects.toThrow('rows of 33 elements');
  });
});

it('what is no readable file is refused with its name', async () => {
  const path = join(folder, 'text.txt');
  await writeFile(path, 'not a model');
  await expect(openGgufFile(path)).rejects.toThrow(`${path}: is no GGUF file`);
  await expect(openGgufFile(folder)).rejects.toThrow(`${folder}: is no file`);
  await expect(openGgufFile(join(folder, 'none'))).rejects.toThrow('cannot be opened: ENOENT');
  expect((await stat(path)).size).toBe(11);
});
