/** What others make of the same bytes, as variants of `decompress`: their bits a byte stand beside those of the model. */
import { capacityOf } from '../../kernels/arithmetic-coder/constants.ts';
import { encodeRuns } from '../../kernels/arithmetic-coder/runs.ts';
import { searchBranchless } from '../../kernels/cdf-search/branchless.ts';
import { defineVariant } from '../../kernels/kernel.ts';
import { freshVariant } from '../../kernels/lib/integers.ts';
import { ArithmeticDecoder } from './decoder.ts';
import { SYMBOLS } from './frequencies.ts';
import type { CompressorInput, CompressorShape } from './input.ts';

/** How often each byte comes is all that is known: no code that looks at single bytes is below it. Its table is not counted. */
export const orderZero = defineVariant<CompressorInput, CompressorShape>({
  name: 'order-0',
  backend: 'js',
  idea: 'no model: the same coder with how often each byte comes in the text, a table that the decoder is given for nothing',
  // No model: integers alone, a symbol in and a byte out.
  ops: () => 0,
  bytes: (shape) => 2 * shape.bytes,
  prepare({ bytes }) {
    const N = bytes.length;
    const table = new Int32Array(SYMBOLS + 1);
    for (const byte of bytes) table[byte + 1]!++;
    for (let s = 0; s < SYMBOLS; s++) table[s + 1]! += table[s]!;
    const intervals = {
      low: Int32Array.from(bytes, (byte) => table[byte]!),
      high: Int32Array.from(bytes, (byte) => table[byte + 1]!),
    };
    const out = new Uint8Array(capacityOf(N));
    const payload = out.slice(0, encodeRuns(intervals, out, N, N));
    const count = new Int32Array(1);
    const symbol = new Int32Array(1);
    const decode = () => {
      const decoder = new ArithmeticDecoder(payload, N);
      const bytes = new Uint8Array(N);
      for (let n = 0; n < N; n++) {
        count[0] = decoder.count();
        searchBranchless(table, count, symbol, SYMBOLS, 1);
        bytes[n] = symbol[0]!;
        decoder.narrow(table[symbol[0]!]!, table[symbol[0]! + 1]!);
      }
      decoder.finish();
      return bytes;
    };
    return { ...freshVariant(N, decode), bitsPerByte: () => (8 * payload.length) / N };
  },
});

type Zlib = typeof import('node:zlib');

/** Node has it, and Bun and Deno; an import would keep pages from loading this. */
function zlib(): Partial<Zlib> {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  return (process?.getBuiltinModule?.('node:zlib') ?? {}) as Partial<Zlib>;
}

const library = (
  name: string,
  idea: string,
  methods: (
    zlib: Partial<Zlib>,
  ) => { pack(bytes: Uint8Array): Uint8Array; unpack(bytes: Uint8Array): Uint8Array } | undefined,
) =>
  defineVariant<CompressorInput, CompressorShape>({
    ...{ name, backend: 'peer', lenient: true, native: true, idea },
    unsupported: () => (methods(zlib()) ? undefined : `this engine has no ${name}`),
    prepare({ bytes }) {
      const { pack, unpack } = methods(zlib())!;
      const packed = pack(bytes);
      return {
        ...freshVariant(bytes.length, () => unpack(packed)),
        bitsPerByte: () => (8 * packed.length) / bytes.length,
      };
    },
  });

const gzip = library('gzip', 'gzip -9, of the engine', ({ gzipSync, gunzipSync }) =>
  gzipSync && gunzipSync
    ? { pack: (bytes) => gzipSync(bytes, { level: 9 }), unpack: (b) => gunzipSync(b) }
    : undefined,
);
/** Node has it from 22.15 on. */
const zstd = library(
  'zstd',
  'zstd -19, of the engine',
  ({ zstdCompressSync, zstdDecompressSync, constants }) =>
    zstdCompressSync && zstdDecompressSync && constants
      ? {
          pack: (bytes) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 19 } }),
          unpack: (bytes) => zstdDecompressSync(bytes),
        }
      : undefined,
);

export const others = [orderZero, gzip, zstd];
