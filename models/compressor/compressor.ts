/** Bytes to a stream and back, with a model of bytes and an arithmetic coder. */
import { capacityOf } from '../../kernels/arithmetic-coder/constants.ts';
import type { CoderInput } from '../../kernels/arithmetic-coder/index.ts';
import { encodeRuns } from '../../kernels/arithmetic-coder/runs.ts';
import { searchBranchless } from '../../kernels/cdf-search/branchless.ts';
import { crc32, hex } from './checksums.ts';
import { seal, unseal } from './container.ts';
import { ArithmeticDecoder } from './decoder.ts';
import { CompressorError } from './error.ts';
import { fingerprintOf } from './fingerprint.ts';
import { Frequencies, LEAST_BITS, SYMBOLS, TOTAL } from './frequencies.ts';
import type { NextByte } from './next-byte.ts';

/** Called now and then with how many bytes of the original are done. */
export type OnProgress = (done: number) => void;

/** Bytes between two calls of it: some milliseconds, and tens where loops are plain. */
const STEP = 32;

/** Bytes that are made room for at first: a size in a header may lie. */
const FIRST_ROOM = 4096;

/** A model ready to compress and decompress. */
export class Compressor {
  readonly #model: NextByte;
  readonly #fingerprint: Uint8Array;

  /** Takes the fingerprint of its path: as long as a period of bytes takes. */
  constructor(model: NextByte) {
    this.#model = model;
    this.#fingerprint = fingerprintOf(model);
  }

  compress(bytes: Uint8Array, onProgress?: OnProgress): Uint8Array<ArrayBuffer> {
    const model = this.#model;
    const intervals = { low: new Int32Array(bytes.length), high: new Int32Array(bytes.length) };
    placeBytes(model, bytes, intervals, onProgress);
    const out = new Uint8Array(capacityOf(bytes.length));
    const length = encodeRuns(intervals, out, bytes.length, TOTAL);
    return seal({
      size: bytes.length,
      hash: model.hash,
      fingerprint: this.#fingerprint,
      crc: crc32(bytes),
      path: model.path,
      payload: out.subarray(0, length),
    });
  }

  /** @throws CompressorError for what is no stream, is damaged, or comes from another model or path */
  decompress(stream: Uint8Array, onProgress?: OnProgress): Uint8Array<ArrayBuffer> {
    const { hash, path, fingerprint, size, payload, crc } = unseal(stream);
    const model = this.#model;
    if (hex(hash) !== hex(model.hash))
      throw new CompressorError(
        `the stream was made with another model: ${hex(hash)}, and this is ${hex(model.hash)}`,
      );
    if (path !== model.path)
      throw new CompressorError(
        `the stream was made by the path ${JSON.stringify(path)}, and this is ${JSON.stringify(model.path)}: their logits differ in the last bits, so that only the same path can read it`,
      );
    if (hex(fingerprint) !== hex(this.#fingerprint))
      throw new CompressorError(
        `the path "${path}" computes other logits here than where the stream was made: only an engine and processor that round alike can read it`,
      );
    const bytes = decode(model, payload, size, onProgress);
    if (crc32(bytes) !== crc)
      throw new CompressorError('the stream gives other bytes than went in: their checksum is wrong');
    return bytes;
  }
}

/** The counts of each byte in the table that the model makes for it. @param out as long as `bytes` */
export function placeBytes(
  model: NextByte,
  bytes: Uint8Array,
  { low, high }: CoderInput,
  onProgress?: OnProgress,
): void {
  const frequencies = new Frequencies();
  if (bytes.length > 0) model.begin();
  for (let n = 0; n < bytes.length; n++) {
    const byte = bytes[n]!;
    const table = frequencies.of(model.logits());
    low[n] = table[byte]!;
    high[n] = table[byte + 1]!;
    // Nothing follows the last.
    if (n + 1 < bytes.length) model.push(byte);
    if (n % STEP === 0) onProgress?.(n);
  }
}

/** `size` bytes from a payload. @throws CompressorError where the payload is not exactly that of so many bytes */
export function decode(
  model: NextByte,
  payload: Uint8Array,
  size: number,
  onProgress?: OnProgress,
): Uint8Array<ArrayBuffer> {
  // Bounds that are integers may make a byte cheaper by a millionth.
  if (size * LEAST_BITS * 0.999 > 8 * payload.length)
    throw new CompressorError(
      `the stream says a size of ${size} bytes, which its ${payload.length} bytes cannot hold`,
    );
  const decoder = new ArithmeticDecoder(payload, TOTAL);
  const frequencies = new Frequencies();
  const count = new Int32Array(1);
  const byte = new Int32Array(1);
  let out = new Uint8Array(Math.min(size, FIRST_ROOM));
  if (size > 0) model.begin();
  for (let n = 0; n < size; n++) {
    const table = frequencies.of(model.logits());
    count[0] = decoder.count();
    searchBranchless(table, count, byte, SYMBOLS, 1);
    decoder.narrow(table[byte[0]!]!, table[byte[0]! + 1]!);
    if (n === out.length) {
      const longer = new Uint8Array(Math.min(size, 2 * n));
      longer.set(out);
      out = longer;
    }
    out[n] = byte[0]!;
    if (n + 1 < size) model.push(byte[0]!);
    if (n % STEP === 0) onProgress?.(n);
  }
  decoder.finish();
  return out;
}
