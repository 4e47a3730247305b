/** The kernels of the zoo, together with those of a user's own files. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Kernel } from '../kernels/kernel.ts';
import { openGgufFile } from '../models/gguf/file.ts';
import { SUBJECTS } from '../models/index.ts';
import { SUITES } from '../suites/index.ts';
import { type UserModule, withKernel, withVariant } from './assemble.ts';
import { oneLine, UsageError } from './errors.ts';
import { onFile } from './gguf.ts';
import { moduleFile } from './root.ts';
import { readyFor } from './typescript.ts';

/** Files that a user brings along. Plain data: it travels to the processes that measure. */
export interface UserFiles {
  /** Another tree of the zoo, whose kernels stand in place of these: that of an earlier commit. */
  readonly tree?: string;
  /** Each exports a kernel as `default`. */
  readonly kernels: readonly string[];
  /** Each exports a variant as `default`, for the named kernel. */
  readonly variants: readonly { readonly file: string; readonly kernel: string }[];
  /** A GGUF file whose matrices `dequant` works on, in place of generated ones. */
  readonly gguf?: string;
}

export const NO_FILES: UserFiles = { kernels: [], variants: [] };

/** Files of the kernels that a suite brings with it. */
export function suiteKernels(suite: string | undefined): string[] {
  const files = SUITES.find(({ name }) => name === suite)?.kernels ?? [];
  return files.map(moduleFile);
}

async function importUser(file: string, what: string): Promise<UserModule> {
  const path = resolve(file);
  if (!existsSync(path)) throw new UsageError(`no such ${what} file: ${file}`);
  try {
    await readyFor(path);
    return (await import(pathToFileURL(path).href)) as UserModule;
  } catch (error) {
    throw new UsageError(`${file} fails on import: ${oneLine(error)}`);
  }
}

async function kernelsOf(tree: string): Promise<Kernel[]> {
  // An earlier commit may have had no pipelines.
  const models = join(tree, 'models', 'index.ts');
  const file = existsSync(models) ? models : join(tree, 'kernels', 'index.ts');
  const module = (await importUser(file, 'list of kernels')) as Partial<Record<string, readonly Kernel[]>>;
  const listed = module.SUBJECTS ?? module.KERNELS;
  if (!listed) throw new UsageError(`${file} exports no list of kernels`);
  return [...listed];
}

/**
 * Loads everything that can be selected.
 * @throws UsageError with one line for a file that is missing, throws on import or is not what it should be
 */
export async function loadKernels(files: UserFiles): Promise<Kernel[]> {
  let kernels = files.tree === undefined ? [...SUBJECTS] : await kernelsOf(files.tree);
  if (files.gguf !== undefined) {
    const path = files.gguf;
    kernels = await onFile(kernels, () => openGgufFile(path), path);
  }
  for (const file of files.kernels) kernels = withKernel(kernels, await importUser(file, 'kernel'), file);
  for (const { file, kernel } of files.variants)
    kernels = withVariant(kernels, await importUser(file, 'variant'), file, kernel);
  return kernels;
}
