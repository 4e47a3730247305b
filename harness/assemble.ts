/** What a user's module brings, checked and put beside the kernels of the zoo: the same in a process and in a page. */
import { z } from 'zod';
import { BACKENDS, type Kernel, type Variant } from '../kernels/kernel.ts';
import { UsageError, unknown } from './errors.ts';

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
  exhibit: z.literal(true).optional(),
  lenient: z.literal(true).optional(),
  native: z.literal(true).optional(),
  ledger: z.array(text).optional(),
  unsupported: aFunction.optional(),
  ops: aFunction.optional(),
  prepare: aFunction,
});

const kernelSchema = z.object({
  name,
  formula: text,
  ledger: z.array(text).optional(),
  learned: z.array(text).optional(),
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

/** A module as `import()` gives it. */
export interface UserModule {
  readonly default?: unknown;
}

function checked(module: UserModule, file: string, what: string, schema: z.ZodType): unknown {
  if (module.default === undefined)
    throw new UsageError(`${file} must export the ${what} as its default export`);
  const parsed = schema.safeParse(module.default);
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!;
    throw new UsageError(`${file} is no ${what}: ${[...issue.path, issue.message].join(': ')}`);
  }
  return module.default;
}

/**
 * The kernels and the one that `module` exports.
 * @param file for messages
 * @throws UsageError for a module without a kernel, or one whose name is taken
 */
export function withKernel(kernels: readonly Kernel[], module: UserModule, file: string): Kernel[] {
  const kernel = checked(module, file, 'kernel', kernelSchema) as Kernel;
  if (kernels.some((other) => other.name === kernel.name)) {
    throw new UsageError(`${file}: there is a kernel "${kernel.name}" already; give it another name`);
  }
  return [...kernels, kernel];
}

/**
 * The kernels, with the variant that `module` exports added to the one named `target`.
 * @throws UsageError for a module without a variant, an unknown kernel, or a name that is taken
 */
export function withVariant(
  kernels: readonly Kernel[],
  module: UserModule,
  file: string,
  target: string,
): Kernel[] {
  const variant = checked(module, file, 'variant', variantSchema) as Variant;
  const kernel = kernels.find((candidate) => candidate.name === target);
  if (!kernel)
    throw unknown(
      'kernel',
      target,
      kernels.map((candidate) => candidate.name),
    );
  if (kernel.variants.some((other) => other.name === variant.name)) {
    throw new UsageError(`${file}: ${target} has a variant "${variant.name}" already; give it another name`);
  }
  const extended = { ...kernel, variants: [...kernel.variants, variant] };
  return kernels.map((candidate) => (candidate === kernel ? extended : candidate));
}
