/** What the gate holds a commit to, as a person states it: ratios, limits and thresholds (docs/gate.md). */
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { UsageError } from '../harness/errors.ts';

const variantName = z.string().regex(/^[^/@\s]+\/[^/@\s]+$/, 'must be "subject/variant"');

const ofCell = {
  case: z.string().min(1).describe('the case of it, as zoo list names it'),
  runtime: z.string().min(1).default('node').describe('where it is measured'),
  why: z.string().min(1).describe('where the bound comes from, so that it can be judged when it fails'),
};

const ratioBudget = z
  .strictObject({
    faster: variantName.describe('has to be at least so much faster than `than`'),
    than: variantName.describe(
      'another variant of the same subject: also a peer, that of a published library',
    ),
    atLeast: z
      .number()
      .positive()
      .describe('time of `than` ÷ time of `faster`; of pipelines tokens/s of `faster` ÷ those of `than`'),
    ...ofCell,
  })
  .refine(({ faster, than }) => faster.split('/')[0] === than.split('/')[0], {
    path: ['than'],
    message: 'must be a variant of the same subject: the case is one of both',
  });

const atMost = z.number().min(0);
const LIMITS = {
  bytesPerCall: atMost
    .optional()
    .describe('heap and external bytes that a call may allocate; a reading may lie 8 bytes above'),
  bytesPerToken: atMost.optional().describe('the same, by the tokens of a call; of pipelines'),
  error: atMost.optional().describe("largest error, in the metric of the subject's tolerance"),
  collections: atMost.optional().describe('garbage collections within 1000 calls, minor and major'),
  gcMs: atMost.optional().describe('milliseconds of garbage collection within 1000 calls'),
};
export type LimitName = keyof typeof LIMITS;
export const LIMIT_NAMES = Object.keys(LIMITS) as LimitName[];

const limitBudget = z
  .strictObject({ of: variantName.describe('what the limits are of'), ...LIMITS, ...ofCell })
  .refine((limit) => LIMIT_NAMES.some((name) => limit[name] !== undefined), {
    message: `limits nothing: state ${LIMIT_NAMES.slice(0, -1).join(', ')} or ${LIMIT_NAMES.at(-1)}`,
  });

const budgetsSchema = z
  .strictObject({
    $schema: z.string().optional().describe('for editors: where this schema is'),
    ratios: z.array(ratioBudget).default([]).describe('how much faster than another variant a variant is'),
    limits: z.array(limitBudget).default([]).describe('what a variant must not exceed'),
    thresholds: z
      .record(z.string().min(1), z.number().min(0).max(1))
      .optional()
      .describe(
        'least change of time against a base that is named, where it is not the default: 0.05 for 5 %, by `subject`, `subject/variant` or `subject/variant@case`',
      ),
  })
  .superRefine(({ ratios, limits }, { addIssue }) => {
    const about = {
      ratios: ratios.map((each) => `${each.faster} ${each.than} ${each.case} ${each.runtime}`),
      limits: limits.map((each) => `${each.of} ${each.case} ${each.runtime}`),
    };
    for (const [list, keys] of Object.entries(about))
      for (const [i, key] of keys.entries())
        if (keys.indexOf(key) < i)
          addIssue({
            ...{ code: 'custom', path: [list, i] },
            message: `is about the same as ${list}.${keys.indexOf(key)}: one of them would never be looked at`,
          });
  });
export type Budgets = z.infer<typeof budgetsSchema>;
export type RatioBudget = Budgets['ratios'][number];
export type LimitBudget = Budgets['limits'][number];

/** For editors (`ci/budgets.schema.json`): what {@link readBudgets} takes, but for what one entry says of another. */
export function budgetsJsonSchema(): object {
  return z.toJSONSchema(budgetsSchema, { io: 'input' });
}

/** The cell that limits are of. */
export function cellOf({ of, case: name }: LimitBudget): string {
  return `${of}@${name}`;
}

/** The two cells that a ratio is about. */
export function cellsOf(budget: RatioBudget): { faster: string; than: string } {
  return { faster: `${budget.faster}@${budget.case}`, than: `${budget.than}@${budget.case}` };
}

/** The longest name that a threshold is stated for counts: `subject/variant@case`, `subject/variant` or `subject`. */
export function thresholdOf(
  id: string,
  { thresholds = {} }: Pick<Budgets, 'thresholds'>,
  otherwise: number,
): number {
  const variant = id.split('@')[0]!;
  return thresholds[id] ?? thresholds[variant] ?? thresholds[variant.split('/')[0]!] ?? otherwise;
}

/** JSON, comments allowed. @throws UsageError naming the file and the path in it */
export function readBudgets(file: string): Budgets {
  return readJson(file, budgetsSchema, 'budgets');
}

/** @throws UsageError, in one line, naming the file and the path in it */
export function readJson<T>(file: string, schema: z.ZodType<T>, what: string): T {
  if (!existsSync(file)) throw new UsageError(`no such ${what} file: ${file}`);
  let json: unknown;
  try {
    json = JSON.parse(withoutComments(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message.replaceAll(/\s*\n\s*/g, ' ')}`);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new UsageError(`${[file, path.join('.')].filter(Boolean).join(': ')}: ${message}`);
}

/** Blanks in place of comments, so that a message still names the right column; what is within a string is none. */
function withoutComments(text: string): string {
  return text.replace(/"(?:\\.|[^"\\])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (part) =>
    part.startsWith('"') ? part : part.replace(/[^\n]/g, ' '),
  );
}
