import { describe, expect, it } from 'vitest';
import { rng } from '../../kernels/lib/rng.ts';
import { Adaptive } from './adaptive.fixture.ts';
import { crc32, Hash, hex } from './checksums.ts';
import { Compressor, decode, placeBytes } from './compressor.ts';
import { overheadOf, seal, unseal } from './container.ts';
import { CompressorError } from './error.ts';
import { Frequencies, TOTAL } from './frequencies.ts';
import { bytesOf } from './texts.ts';

const model = new Adaptive();
const compressor = new Compressor(model);

/** Σ −log2 p of the counts that the bytes got, in bits. */
function informationOf(bytes: Uint8Array): number {
  const low = new Int32Array(bytes.length);
  const high = new Int32Array(bytes.length);
  placeBytes(model, bytes, { low, high });
  return low.reduce((sum, from, n) => sum - Math.log2((high[n]! - from) / TOTAL), 0);
}

const random = rng('compressor');
const SAMPLES: Readonly<Record<string, Uint8Array>> = {
  text: bytesOf('text', 8000, random),
  'random bytes': bytesOf('random', 8000, random),
  'runs of one byte': bytesOf('runs', 8000, random),
  nothing: new Uint8Array(0),
  'one byte': Uint8Array.of(200),
  'all values': Uint8Array.from({ length: 256 }, (_, i) => i),
  'one run that is longer than the first room for it': new Uint8Array(10_000).fill(255),
};

describe('what went in comes out, and takes its information, 0.1 % and 3 bytes more', () => {
  it.each(Object.entries(SAMPLES))('%s', (_, bytes) => {
    const stream = compressor.compress(bytes);
    expect(hex(compressor.decompress(stream))).toBe(hex(bytes));
    const payload = stream.length - overheadOf(model.path);
    const information = informationOf(bytes) / 8;
    expect(payload).toBeGreaterThanOrEqual(Math.floor(information));
    expect(payload).toBeLessThanOrEqual(information * 1.001 + 3);
  });
});

it('every length from 0 to 40 comes back: the last byte is filled up in every way', () => {
  for (let n = 0; n <= 40; n++) {
    const bytes = bytesOf('random', n, random);
    expect(hex(compressor.decompress(compressor.compress(bytes)))).toBe(hex(bytes));
  }
});

it('the same bytes give the same stream each time', () => {
  const bytes = SAMPLES.text!;
  expect(hex(compressor.compress(bytes))).toBe(hex(new Compressor(new Adaptive()).compress(bytes)));
});

describe('tables', () => {
  const frequencies = new Frequencies();
  const counts = (logits: Float32Array) => {
    const table = frequencies.of(logits);
    return Array.from({ length: 256 }, (_, i) => table[i + 1]! - table[i]!);
  };

  it('give each byte a count of at least 1, 10^6 in all, and none more than 19.93 bits', () => {
    for (const spread of [0, 1, 10, 100, 1e30]) {
      const found = counts(Float32Array.from({ length: 256 }, () => spread * random.normal()));
      expect(Math.min(...found)).toBeGreaterThanOrEqual(1);
      expect(found.reduce((a, b) => a + b)).toBe(TOTAL);
    }
    expect(Math.log2(TOTAL)).toBeCloseTo(19.93, 2);
  });

  it('are there for logits that are not finite', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (const logits of [new Float32Array(256).fill(value), new Float32Array(256).fill(value, 3, 4)]) {
        const found = counts(logits);
        expect(Math.min(...found)).toBeGreaterThanOrEqual(1);
        expect(found.reduce((a, b) => a + b)).toBe(TOTAL);
      }
    }
  });
});

describe('a stream that is not right is refused in one line', () => {
  const bytes = bytesOf('text', 32, random);
  const stream = compressor.compress(bytes);
  /** Sealed anew: its checksum is right, as that of one who lies would be. */
  const lying = (change: Partial<ReturnType<typeof unseal>>) => seal({ ...unseal(stream), ...change });

  it.each([
    ['garbage', Uint8Array.of(1, 2, 3, 4, 5, 6), 'is no stream of this compressor'],
    ['nothing', new Uint8Array(0), 'is no stream of this compressor'],
    [
      'another version',
      stream.map((byte, i) => (i === 4 ? 9 : byte)),
      'is of version 9; this reads version 1',
    ],
    [
      'another model',
      lying({ hash: new Uint8Array(8) }),
      'the stream was made with another model: 0000000000000000, and',
    ],
    [
      'another path',
      lying({ path: 'simd\n' }),
      'the stream was made by the path "simd\\n", and this is "adaptive"',
    ],
    ['a path that rounds otherwise', lying({ fingerprint: new Uint8Array(8) }), 'computes other logits here'],
    [
      'a size of 2^63',
      (() => {
        const changed = stream.slice();
        changed[12] = 0x80;
        new DataView(changed.buffer).setUint32(changed.length - 4, crc32(changed.subarray(0, -4)), true);
        return changed;
      })(),
      `says a size of ${2n ** 63n + BigInt(bytes.length)} bytes`,
    ],
    ['a size of 2^50', lying({ size: 2 ** 50 }), 'bytes cannot hold'],
    ['a byte more', lying({ size: bytes.length + 1 }), /ends too early|behind its end|checksum is wrong/],
    ['a byte less', lying({ size: bytes.length - 1 }), /behind its end|checksum is wrong/],
    ['size 0', lying({ size: 0 }), 'behind its end'],
    ['another original', lying({ crc: 1 }), 'gives other bytes than went in'],
    [
      'a payload that was cut',
      lying({ payload: unseal(stream).payload.slice(0, -2) }),
      /ends too early|checksum is wrong/,
    ],
    ['no payload', lying({ payload: new Uint8Array(0) }), 'cannot hold'],
    [
      'a payload with more behind it',
      lying({ payload: Uint8Array.of(...unseal(stream).payload, 0) }),
      '1 bytes behind its end',
    ],
    ['bytes behind it', Uint8Array.of(...stream, 0), 'cut or damaged'],
  ])('%s', (_, damaged, message) => {
    expect(() => compressor.decompress(damaged)).toThrow(CompressorError);
    expect(() => compressor.decompress(damaged)).toThrow(message);
  });

  it('cut anywhere, or with any bit flipped', () => {
    for (let length = 0; length < stream.length; length++)
      expect(() => compressor.decompress(stream.slice(0, length))).toThrow(CompressorError);
    for (let bit = 0; bit < 8 * stream.length; bit++) {
      const flipped = stream.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => compressor.decompress(flipped), `bit ${bit}`).toThrow(CompressorError);
    }
  });

  it('10,000 streams that were changed at random, half of them with a right checksum: none crashes, hangs or passes', () => {
    const fuzz = rng('fuzz');
    let passed = 0;
    for (let n = 0; n < 10_000; n++) {
      let changed = stream.slice();
      for (let k = 0; k <= fuzz.integer(4); k++) changed[fuzz.integer(changed.length)] = fuzz.integer(256);
      if (fuzz.integer(4) === 0) changed = changed.slice(0, fuzz.integer(changed.length));
      if (fuzz.integer(2) === 0 && changed.length >= 40)
        new DataView(changed.buffer).setUint32(changed.length - 4, crc32(changed.subarray(0, -4)), true);
      try {
        const out = compressor.decompress(changed);
        // A change that changes nothing.
        expect(hex(out)).toBe(hex(bytes));
        passed++;
      } catch (error) {
        expect(error).toBeInstanceOf(CompressorError);
      }
    }
    expect(passed).toBeLessThan(100);
  }, 20_000);

  it('a payload of noise gives bytes or an error, whatever size is claimed', () => {
    for (let n = 0; n < 50; n++) {
      const noise = bytesOf('random', 1 + random.integer(60), random);
      try {
        expect(decode(model, noise, random.integer(2000)).length).toBeLessThan(2000);
      } catch (error) {
        expect(error).toBeInstanceOf(CompressorError);
      }
    }
  });
});

describe('checksums', () => {
  it('CRC-32 of "123456789" is 0xcbf43926', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
  });

  it('no two of 20,000 short or nearly equal inputs have one hash', () => {
    const seen = new Set<string>();
    for (let n = 0; n < 10_000; n++) {
      seen.add(hex(new Hash().add(Int32Array.of(n)).digest()));
      const zeros = new Uint8Array(1250);
      zeros[n >> 3] = 1 << (n & 7);
      seen.add(hex(new Hash().add(zeros).digest()));
    }
    expect(seen.size).toBe(20_000);
  });
});
