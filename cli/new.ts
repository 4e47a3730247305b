import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import type { Command } from 'commander';
import { UsageError, unknown } from '../harness/errors.ts';
import { IS_COMPILED, ROOT } from '../harness/root.ts';
import { KERNELS } from '../kernels/index.ts';
import { BACKENDS, type Backend } from '../kernels/kernel.ts';
import { newKernel } from './scaffold/kernel.ts';
import type { Scaffold } from './scaffold/scaffold.ts';
import { newVariant } from './scaffold/variant.ts';

const KERNELS_FOLDER = join(ROOT, 'kernels');

const NO_SOURCES =
  'zoo new writes into a clone of kernel-zoo; with the package, write a file of your own and name it: zoo bench --kernel ./mine.js';

export function register(program: Command): void {
  const command = program
    .command('new')
    .description('write the files of a new kernel or variant, right as they stand')
    .hook('preAction', () => {
      if (IS_COMPILED) throw new UsageError(NO_SOURCES);
    });
  command
    .command('kernel <name>')
    .description('a folder with datasheet, reference and naive loop')
    .action((name: string) => {
      announce(newKernel(KERNELS_FOLDER, name), name);
    });
  command
    .command('variant <kernel/name>')
    .description('a copy of the plainest variant of a backend, under a name of its own')
    .option('--backend <name>', BACKENDS.join(', '), 'js')
    .option('--from <variant>', 'the variant to copy (default: the first of the backend)')
    .action((path: string, { backend, from }: { backend: string; from?: string }) => {
      if (!(BACKENDS as readonly string[]).includes(backend)) throw unknown('backend', backend, BACKENDS);
      const [kernelName = '', name, ...more] = path.split('/');
      if (!name || more.length > 0)
        throw new UsageError(`"${path}" is no variant: it is written softmax/fast`);
      const kernel = KERNELS.find((candidate) => candidate.name === kernelName);
      if (!kernel)
        throw unknown(
          'kernel',
          kernelName,
          KERNELS.map((candidate) => candidate.name),
        );
      announce(newVariant(KERNELS_FOLDER, kernel, name, backend as Backend, from), kernelName);
    });
}

/** Writes, and says what is written (stdout) and what is next (stderr). */
function announce(scaffold: Scaffold, kernel: string): void {
  const files = writeScaffold(scaffold);
  for (const file of files) process.stdout.write(`${relative(process.cwd(), file)}\n`);
  const next = [
    ...scaffold.hints,
    `check it: npx vitest run kernels -t ${kernel}`,
    `time it:  npx zoo bench ${scaffold.names.join(' ')}`,
  ];
  for (const line of next) process.stderr.write(`${line}\n`);
}

/**
 * Writes a plan and formats what it wrote. Existing files are never overwritten, but for the one list.
 * @param format folder with the formatter's configuration, or false to leave the files as the plan has them
 * @returns the files, the list last
 */
export function writeScaffold({ created, edited }: Scaffold, format: string | false = ROOT): string[] {
  for (const [file, text] of created) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { flag: 'wx' });
  }
  writeFileSync(...edited);
  const files = [...created.keys(), edited[0]];
  const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.as.ts'));
  if (format === false) return files;
  let biome: string;
  try {
    biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');
  } catch {
    return files; // an installation without development tools
  }
  // Sorted imports, and lines that are longer or shorter with the new name.
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [biome, 'check', '--write', `--config-path=${format}`, ...sources],
    { encoding: 'utf8' },
  );
  if (status !== 0) process.stderr.write(stdout + stderr);
  return files;
}
