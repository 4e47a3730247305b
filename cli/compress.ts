import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import { SingleBar } from 'cli-progress';
import { type Command, Option } from 'commander';
import { buildWasm } from '../harness/build-wasm.ts';
import { UsageError } from '../harness/errors.ts';
import { PACKAGE } from '../harness/root.ts';
import { createProcessHost } from '../harness/runtimes/process-host.ts';
import { Compressor, type OnProgress } from '../models/compressor/compressor.ts';
import { CompressorError } from '../models/compressor/error.ts';
import { LLAMA_PATHS, type LlamaPath, llamaBytes, windowOf } from '../models/compressor/llama.ts';
import type { Window } from '../models/compressor/next-byte.ts';
import { openGgufFile } from '../models/gguf/file.ts';
import { LlamaWeights } from '../models/llama/weights.ts';
import { plainTable } from '../reports/text.ts';

/** Of compressed files. */
export const ENDING = '.kzc';

/** What is in the repository, and not in the package. */
const SHIPPED = join(PACKAGE, 'models', 'trained', 'kjv-bytes-f16.gguf');

interface CompressOptions {
  out?: string;
  model?: string;
  path: LlamaPath;
  overlap?: number;
  force?: boolean;
}

export function register(program: Command): void {
  program
    .command('compress')
    .description('compress a file with a model of bytes, and say how that compares with gzip and zstd')
    .argument('<file>', 'what to compress, without loss')
    .option('-o, --out <file>', `where it goes (default: <file>${ENDING})`)
    .option(...MODEL)
    .addOption(
      new Option(
        '--path <name>',
        'how the model is computed: only the same path reads the stream, on any number of threads',
      )
        .choices(LLAMA_PATHS)
        .default('simd'),
    )
    .option('--overlap <n>', 'bytes that a new window begins with (default: a quarter of a window)', Number)
    .option(...FORCE)
    .action(async (file: string, options: CompressOptions) => {
      const { out = `${file}${ENDING}`, model, path, overlap, force } = options;
      const bytes = readInput(file);
      const stream = await withCompressor(
        model,
        { path, window: overlap === undefined ? {} : { overlap } },
        (compressor) => withProgress(bytes.length, (onProgress) => compressor.compress(bytes, onProgress)),
      );
      writeOutput(out, stream, force);
      process.stdout.write(`${sizes(bytes, stream.length)}\n${out}\n`);
    });
}

export const MODEL: [string, string] = [
  '--model <gguf>',
  'a Llama over bytes, of 256 or 259 tokens (default: the one in models/trained)',
];
export const FORCE: [string, string] = ['-f, --force', 'write over a file that is there'];

/** How a model is to be computed; what is left out is as the model has it. */
export interface PathRequest {
  readonly path: LlamaPath;
  readonly window?: Partial<Window>;
}

/** Loads a model, and gives everything back behind `use`. @throws UsageError, GgufError */
export async function withCompressor<T>(
  model: string | undefined,
  { path, window = {} }: PathRequest,
  use: (compressor: Compressor) => T | Promise<T>,
): Promise<T> {
  if (model === undefined && !existsSync(SHIPPED))
    throw new UsageError('there is no trained model here: name one with --model');
  const file = model ?? SHIPPED;
  const gguf = await openGgufFile(file);
  try {
    const weights = new LlamaWeights(gguf);
    const { context } = weights.config;
    if (window.length !== undefined && window.length > context)
      throw new UsageError(
        `${file}: has a context of ${context} tokens, and the stream one of ${window.length}`,
      );
    await buildWasm();
    const host = await createProcessHost();
    try {
      const next = await blaming(file, () =>
        llamaBytes(weights, host, path, { ...windowOf(weights), ...window }),
      );
      try {
        return await use(new Compressor(next));
      } finally {
        next.dispose();
      }
    } finally {
      await host.close();
    }
  } finally {
    await gguf.close();
  }
}

/** What a file is to blame for, with its name. */
export async function blaming<T>(file: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CompressorError) throw new UsageError(`${file}: ${error.message}`);
    throw error;
  }
}

/** A bar on stderr when that is a terminal. */
export function withProgress<T>(total: number, work: (onProgress: OnProgress) => T): T {
  if (!process.stderr.isTTY) return work(() => {});
  const bar = new SingleBar({
    format: '{bar} {value}/{total} bytes · {eta_formatted} left',
    clearOnComplete: true,
    stream: process.stderr,
  });
  bar.start(total, 0);
  try {
    return work((done) => bar.update(done));
  } finally {
    bar.stop();
  }
}

export function readInput(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`);
  }
}

export function writeOutput(file: string, bytes: Uint8Array, force = false): void {
  try {
    writeFileSync(file, bytes, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(
      code === 'EEXIST'
        ? `${file} is there already: --force writes over it`
        : `cannot write ${file}: ${message}`,
    );
  }
}

/** Beside what others make of it. Order-0 entropy is what no code that looks at single bytes can be below. */
function sizes(bytes: Uint8Array, compressed: number): string {
  const row = (name: string, size: number | undefined) =>
    size === undefined
      ? [name, '–', '–']
      : [name, String(Math.ceil(size)), bytes.length === 0 ? '–' : ((8 * size) / bytes.length).toFixed(3)];
  return plainTable(
    ['', 'bytes', 'bits/byte'],
    [
      row('original', bytes.length),
      row('order-0 entropy', orderZero(bytes) / 8),
      row('gzip -9', zlib.gzipSync(bytes, { level: 9 }).length),
      row('zstd -19', zstd(bytes)),
      row('this', compressed),
    ],
    ['left', 'right', 'right'],
  );
}

/** Bits. */
function orderZero(bytes: Uint8Array): number {
  const counts = new Float64Array(256);
  for (const byte of bytes) counts[byte]!++;
  return counts.reduce((sum, count) => sum + (count > 0 ? count * Math.log2(bytes.length / count) : 0), 0);
}

/** Node has it from 22.15 on. */
function zstd(bytes: Uint8Array): number | undefined {
  return zlib.zstdCompressSync?.(bytes, { params: { [zlib.constants.ZSTD_c_compressionLevel]: 19 } }).length;
}
