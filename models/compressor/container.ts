/**
 * What a compressed stream looks like, little-endian:
 *
 * | at  | bytes |                                                            |
 * | --- | ----- | ---------------------------------------------------------- |
 * | 0   | 4     | `KZBC`                                                     |
 * | 4   | 1     | version, 1                                                 |
 * | 5   | 8     | bytes of the original                                      |
 * | 13  | 8     | hash of the model                                          |
 * | 21  | 8     | fingerprint of the path: what it computes of a fixed text  |
 * | 29  | 4     | CRC-32 of the original                                     |
 * | 33  | 1 + n | name of the path                                           |
 * |     |       | payload of the arithmetic coder                            |
 * | end | 4     | CRC-32 of everything before                                |
 */
import { crc32 } from './checksums.ts';
import { CompressorError } from './error.ts';

const MAGIC = [0x4b, 0x5a, 0x42, 0x43];
const VERSION = 1;
const [VERSION_AT, SIZE_AT, HASH_AT, FINGERPRINT_AT, CRC_AT, PATH_AT] = [4, 5, 13, 21, 29, 33];
const SEAL = 4;

export interface Container {
  /** Bytes of the original. */
  readonly size: number;
  readonly hash: Uint8Array;
  readonly fingerprint: Uint8Array;
  readonly crc: number;
  readonly path: string;
  readonly payload: Uint8Array;
}

/** Bytes of a container beside its payload. */
export const overheadOf = (path: string): number => PATH_AT + 1 + path.length + SEAL;

export function seal({ size, hash, fingerprint, crc, path, payload }: Container): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(overheadOf(path) + payload.length);
  const view = new DataView(out.buffer);
  out.set(MAGIC);
  out[VERSION_AT] = VERSION;
  view.setBigUint64(SIZE_AT, BigInt(size), true);
  out.set(hash, HASH_AT);
  out.set(fingerprint, FINGERPRINT_AT);
  view.setUint32(CRC_AT, crc, true);
  out[PATH_AT] = path.length;
  for (let i = 0; i < path.length; i++) out[PATH_AT + 1 + i] = path.charCodeAt(i);
  out.set(payload, PATH_AT + 1 + path.length);
  view.setUint32(out.length - SEAL, crc32(out.subarray(0, -SEAL)), true);
  return out;
}

/** Of bytes from anywhere. The payload is a view of them. @throws CompressorError where they are no whole, undamaged container */
export function unseal(bytes: Uint8Array): Container {
  if (bytes.length < MAGIC.length || MAGIC.some((byte, i) => bytes[i] !== byte))
    throw new CompressorError('is no stream of this compressor');
  if (bytes.length <= VERSION_AT) throw new CompressorError('the stream was cut within its header');
  if (bytes[VERSION_AT] !== VERSION)
    throw new CompressorError(`is of version ${bytes[VERSION_AT]}; this reads version ${VERSION}`);
  const payloadAt = PATH_AT + 1 + (bytes[PATH_AT] ?? 0);
  if (bytes.length < payloadAt + SEAL) throw new CompressorError('the stream was cut within its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = bytes.length - SEAL;
  if (view.getUint32(end, true) !== crc32(bytes.subarray(0, end)))
    throw new CompressorError('the stream was cut or damaged: its checksum is wrong');
  const size = view.getBigUint64(SIZE_AT, true);
  if (size > Number.MAX_SAFE_INTEGER) throw new CompressorError(`the stream says a size of ${size} bytes`);
  return {
    size: Number(size),
    hash: bytes.slice(HASH_AT, FINGERPRINT_AT),
    fingerprint: bytes.slice(FINGERPRINT_AT, CRC_AT),
    crc: view.getUint32(CRC_AT, true),
    path: String.fromCharCode(...bytes.subarray(PATH_AT + 1, payloadAt)),
    payload: bytes.subarray(payloadAt, end),
  };
}
