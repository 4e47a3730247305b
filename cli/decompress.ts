import type { Command } from 'commander';
import { UsageError } from '../harness/errors.ts';
import { unseal } from '../models/compressor/container.ts';
import { parsePath } from '../models/compressor/llama.ts';
import {
  blaming,
  ENDING,
  FORCE,
  MODEL,
  type PathRequest,
  readInput,
  withCompressor,
  withProgress,
  writeOutput,
} from './compress.ts';

export function register(program: Command): void {
  program
    .command('decompress')
    .description('what zoo compress has made, back to what it was, by the same model and path')
    .argument('<file>', 'a compressed file')
    .option('-o, --out <file>', `where it goes (default: <file> without ${ENDING})`)
    .option(...MODEL)
    .option(...FORCE)
    .action(async (file: string, options: { out?: string; model?: string; force?: boolean }) => {
      const out = options.out ?? withoutEnding(file);
      const stream = readInput(file);
      const { size, path } = await blaming(file, () => unseal(stream));
      const bytes = await withCompressor(options.model, requestOf(file, path), (compressor) =>
        blaming(file, () => withProgress(size, (onProgress) => compressor.decompress(stream, onProgress))),
      );
      writeOutput(out, bytes, options.force);
      process.stdout.write(`${out}\n`);
    });
}

function withoutEnding(file: string): string {
  if (file.length > ENDING.length && file.endsWith(ENDING)) return file.slice(0, -ENDING.length);
  throw new UsageError(`${file} does not end in ${ENDING}: say with --out where it goes`);
}

function requestOf(file: string, name: string): PathRequest {
  const request = parsePath(name);
  if (!request)
    throw new UsageError(
      `${file}: was made by the path ${JSON.stringify(name)}, which is none of this version`,
    );
  return request;
}
