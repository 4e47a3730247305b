/** The kernels of the zoo, together with those of a user's own files. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { KERNELS } from '../kernels/index.ts';
import { BACKENDS, type Kernel, type Variant } from '../kernels/kernel.ts';
import { SUITES } from '../suites/index.ts';
import { UsageError, unknown } from './errors.ts';
import { ggufCases, withCases } from './gguf.ts';
import { ROOT } from './root.ts';

/** Files that a user brings along. Plain data: it travels to the processes that measure. */
export interface UserFiles {
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
  return files.map((file) => join(ROOT, file));
}

const aFunction = z.custom<(...args: never[]) => unknown>(
  (value) => typeof value === 'function',
  'must be a function',
);
const text = z.string().min(1);
const shape = z.record(z.string(), z.union([z.number(), z.string()]));
const tolerance = z.object({
  metric: z.enum(['abs', 'rel', 'ulp', 'scaled', 'nmse']),
  bound: z.number().min(0),
  why: text,
});

/** Names become part of `subject/variant@case`. */
const name = z.string().regex(/^[a-z0-9][a-z0-9._-]*$/i, 'must be letters, digits, ".", "_" or "-"');

const variantSchema = z.object({
  name,
  backend: z.enum(BACKENDS as [Variant['backend'], ...Variant['backend'][]]),
  idea: text,
  tolerance: tolerance.optional(),
  approximation: z.literal(true).optional(),
  unsupported: aFunction.optional(),
  ops: aFunction.optional(),
  prepare: aFunction,
});

const kernelSchema = z.object({
  name,
  formula: text,
  cases: z.array(z.object({ shape, from: text })).min(1),
  validate: aFunction.optional(),
  inputs: aFunction,
  hostile: z.record(z.string(), aFunction).optional(),
  reference: aFunction,
  outputLength: aFunction.optional(),
  tolerance,
  work: aFunction,
  where: aFunction.optional(),
  variants: z.array(variantSchema).min(1),
});

async function importDefault(file: string, what: string, schema: z.ZodType): Promise<unknown> {
  const path = resolve(file);
  if (!existsSync(path)) throw new UsageError(`no such ${what} file: ${file}`);
  let module: { default?: unknown };
  try {
    module = (await import(pathToFileURL(path).href)) as { default?: unknown };
  } catch (error) {
    throw new UsageError(`${file} fails on import: ${oneLine(error)}`);
  }
  if (module.default === undefined)
    throw new UsageError(`${file} must export the ${what} as its default export`);
  const parsed = schema.safeParse(module.default);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new UsageError(`${file} is no ${what}: ${[...issue.path, issue.message].join(': ')}`);
  }
  return module.default;
}

/** The message of anything thrown, on one line. */
export function oneLine(error: unknown): string {
  const message =
    error instanceof Error
      ? `${error.name === 'Error' ? '' : `${error.name}: `}${error.message}`
      : String(error);
  return message.replace(/\s*\n\s*/g, ' ').trim();
}

/**
 * Loads everything that can be selected.
 * @throws UsageError with one line for a file that is missing, throws on import or is not what it should be
 */
export async function loadKernels(files: UserFiles): Promise<Kernel[]> {
  const kernels = [...KERNELS];
  if (files.gguf !== undefined) {
    const at = kernels.findIndex((kernel) => kernel.name === 'dequant');
    kernels[at] = withCases(kernels[at]!, await ggufCases(files.gguf));
  }
  for (const file of files.kernels) {
    const kernel = (await importDefault(file, 'kernel', kernelSchema)) as Kernel;
    if (kernels.some((other) => other.name === kernel.name)) {
      throw new UsageError(`${file}: there is a kernel "${kernel.name}" already; give it another name`);
    }
    kernels.push(kernel);
  }
  for (const { file, kernel: target } of files.variants) {
    const variant = (await importDefault(file, 'variant', variantSchema)) as Variant;
    const at = kernels.findIndex((kernel) => kernel.name === target);
    if (at < 0)
      throw unknown(
        'kernel',
        target,
        kernels.map((kernel) => kernel.name),
      );
    const kernel = kernels[at]!;
    if (kernel.variants.some((other) => other.name === variant.name)) {
      throw new UsageError(
        `${file}: ${target} has a variant "${variant.name}" already; give it another name`,
      );
    }
    kernels[at] = { ...kernel, variants: [...kernel.variants, variant] };
  }
  return kernels;
}
