/** From what a person selects to the cells that are measured. */
import {
  BACKENDS,
  type Backend,
  caseName,
  type Kernel,
  type Shape,
  type Variant,
} from '../kernels/kernel.ts';
import { SUITES } from '../suites/index.ts';
import type { Budget, Suite, SuiteEntry } from '../suites/suite.ts';
import { oneLine, UsageError, unknown } from './errors.ts';
import { checkRuntime, DEFAULT_RUNTIME, takesFlags } from './runtimes/runtime.ts';

export interface Selection {
  /** `kernel`, `kernel/variant`, either with `@case` for just that case; none selects all of the suite. */
  readonly selectors?: readonly string[];
  /** Whole cases (`M=384,N=384,K=384`), parts that select among the known ones (`M=384`), or `all`. */
  readonly cases?: readonly string[];
  readonly backends?: readonly string[];
  readonly runtimes?: readonly string[];
  /** Name of a suite; default: the first one. */
  readonly suite?: string;
  /** `i/n`: the i-th of n parts, from 1. */
  readonly shard?: string;
}

/** One timed cell. */
export interface Cell {
  readonly id: string;
  readonly subject: string;
  readonly kind: 'kernel' | 'pipeline';
  readonly variant: string;
  readonly backend: Backend;
  readonly shape: Shape;
  readonly case: string;
  readonly from: string;
}

/** The cells of one variant: what one process measures. */
export interface Group {
  readonly subject: string;
  readonly variant: string;
  readonly backend: Backend;
  readonly runtime: string;
  readonly cells: readonly Cell[];
}

export interface Plan {
  readonly suite: string;
  readonly budget: Budget;
  readonly groups: readonly Group[];
  /** `i/n`, where these are a part of the groups. */
  readonly shard?: string;
}

/** More than this for one copy of a cell's tensors is taken for a typing error. */
const MOST_BYTES = 2 ** 31;

export function findSuite(name: string | undefined): Suite {
  const suite = name === undefined ? SUITES[0] : SUITES.find((candidate) => candidate.name === name);
  if (!suite)
    throw unknown(
      'suite',
      name ?? '',
      SUITES.map((candidate) => candidate.name),
    );
  return suite;
}

/**
 * @param kernels everything that can be selected
 * @throws UsageError for an unknown name (with the nearest known one), a shape that cannot exist, or an empty selection
 */
export function makePlan(kernels: readonly Kernel[], selection: Selection): Plan {
  const suite = findSuite(selection.suite);
  const names = kernels.map((kernel) => kernel.name);
  const selectors = (selection.selectors ?? []).map((selector) => resolveSelector(kernels, names, selector));
  for (const backend of selection.backends ?? []) {
    if (!(BACKENDS as readonly string[]).includes(backend)) throw unknown('backend', backend, BACKENDS);
  }
  const runtimes = [...new Set(selection.runtimes ?? [DEFAULT_RUNTIME])];
  for (const runtime of runtimes) checkRuntime(runtime);

  const groups = [...bySuiteFlags(suite)].flatMap(([flags, part]) => {
    const timed = timedShapes(kernels, selectors, selection, part, flags !== '');
    return runtimes
      .filter((runtime) => flags === '' || takesFlags(runtime))
      .flatMap((runtime) => groupsOf(timed, `${runtime} ${flags}`.trim()));
  });
  if (selection.cases) assertCasesUsed(kernels.filter(isWanted(selectors)), selection.cases);
  if (groups.length === 0) throw new UsageError('the selection has no cells; `zoo list` shows what there is');
  return {
    suite: suite.name,
    budget: suite.budget,
    ...(selection.shard ? { shard: selection.shard, groups: shard(groups, selection.shard) } : { groups }),
  };
}

/** Of a suite, the entries that are measured with the same flags; first those without any. */
function bySuiteFlags(suite: Suite): Map<string, Suite> {
  const flags = new Set(['', ...suite.selection.map((entry) => entry.flags ?? '')]);
  return new Map(
    [...flags].map((own) => [
      own,
      { ...suite, selection: suite.selection.filter((entry) => (entry.flags ?? '') === own) },
    ]),
  );
}

const isWanted = (selectors: readonly Selector[]) => (kernel: Kernel) =>
  selectors.length === 0 || selectors.some((selector) => selector.kernel === kernel);

/** @param only what the suite names, also where the selection goes beyond that */
function timedShapes(
  kernels: readonly Kernel[],
  selectors: readonly Selector[],
  { backends, cases }: Selection,
  suite: Suite,
  only: boolean,
): Map<Kernel, Map<Variant, Shape[]>> {
  const timed = new Map<Kernel, Map<Variant, Shape[]>>();
  for (const kernel of kernels.filter(isWanted(selectors))) {
    const wanted = selectors.filter((selector) => selector.kernel === kernel);
    const variants = kernel.variants.filter(
      (variant) =>
        (wanted.length === 0 ||
          wanted.some((selector) => !selector.variant || selector.variant === variant)) &&
        (backends === undefined || backends.includes(variant.backend)) &&
        !(only && entriesOf(suite, kernel, variant).length === 0),
    );
    const own = cases ? shapesFor(kernel, cases) : undefined;
    const perVariant = new Map<Variant, Shape[]>();
    for (const variant of variants) {
      const naming = wanted.filter((selector) => !selector.variant || selector.variant === variant);
      const exact = naming.flatMap(({ shape }) => (shape ? [shape] : []));
      const open = naming.length > exact.length || wanted.length === 0;
      const named = naming.some((selector) => selector.variant !== undefined);
      const others = open
        ? (own ?? suiteShapes(suite, kernel, variant, { wanted: wanted.length > 0, named }))
        : [];
      const shapes = [...new Map([...exact, ...others].map((shape) => [caseName(shape), shape])).values()];
      if (shapes.length > 0) perVariant.set(variant, shapes);
    }
    timed.set(kernel, perVariant);
  }
  return timed;
}

function groupsOf(timed: Map<Kernel, Map<Variant, Shape[]>>, runtime: string): Group[] {
  return [...timed].flatMap(([kernel, variants]) =>
    [...variants].map(([variant, shapes]) => ({
      subject: kernel.name,
      variant: variant.name,
      backend: variant.backend,
      runtime,
      cells: shapes.map((shape) => makeCell(kernel, variant, shape)),
    })),
  );
}

interface Selector {
  readonly kernel: Kernel;
  readonly variant?: Variant;
  /** Just this one. */
  readonly shape?: Shape;
}

function resolveSelector(kernels: readonly Kernel[], names: readonly string[], selector: string): Selector {
  const at = selector.indexOf('@');
  const [kernelName = '', variantName, ...more] = (at < 0 ? selector : selector.slice(0, at)).split('/');
  if (more.length > 0)
    throw new UsageError(`"${selector}" is no selector: it is "kernel" or "kernel/variant"`);
  const kernel = kernels.find((candidate) => candidate.name === kernelName);
  if (!kernel) throw unknown('kernel', kernelName, names);
  const exact = at < 0 ? {} : { shape: parseCase(kernel, selector.slice(at + 1)) };
  if (variantName === undefined) return { kernel, ...exact };
  const variant = kernel.variants.find((candidate) => candidate.name === variantName);
  if (!variant) {
    throw unknown(
      `variant of ${kernelName}`,
      variantName,
      kernel.variants.map((candidate) => candidate.name),
    );
  }
  return { kernel, variant, ...exact };
}

/** What is known of a cell that was measured, or is to be. */
export type CellNames = Pick<Cell, 'subject' | 'variant' | 'case'> & {
  readonly backend?: string;
  readonly runtime?: string;
};

/** Is a cell within a selection? By names alone, so that it also chooses among records of kernels that are not here. */
export function selects(selection: Selection, cell: CellNames): boolean {
  const { selectors, cases, backends, runtimes } = selection;
  const named = (selector: string) => {
    const at = selector.indexOf('@');
    const name = at < 0 ? selector : selector.slice(0, at);
    const shape = at < 0 ? undefined : selector.slice(at + 1);
    return (
      (name === cell.subject || name === `${cell.subject}/${cell.variant}`) &&
      (!shape || holds(cell.case, shape))
    );
  };
  return (
    (!selectors || selectors.some(named)) &&
    (!cases || cases.some((text) => text === 'all' || holds(cell.case, text))) &&
    (!backends || cell.backend === undefined || backends.includes(cell.backend)) &&
    (!runtimes || cell.runtime === undefined || runtimes.includes(cell.runtime))
  );
}

/** Has a case all the pairs of `text`? */
function holds(caseText: string, text: string): boolean {
  const pairs = new Map(parsePairs(caseText));
  return parsePairs(text).every(([key, value]) => pairs.get(key) === value);
}

function entriesOf(suite: Suite, kernel: Kernel, variant: Variant): SuiteEntry[] {
  return suite.selection.filter((entry) =>
    entry.select.some((name) => name === kernel.name || name === `${kernel.name}/${variant.name}`),
  );
}

/**
 * What the suite times of a variant. One that is named, and that the suite leaves out, is timed on what the suite times of its kernel;
 * a kernel that is named, and that the suite does not know, on all its cases but the slow ones.
 */
function suiteShapes(
  suite: Suite,
  kernel: Kernel,
  variant: Variant,
  { wanted, named }: { readonly wanted: boolean; readonly named: boolean },
): Shape[] {
  const ofKernel = suite.selection.filter(({ select }) =>
    select.some((name) => name.split('/')[0] === kernel.name),
  );
  const own = entriesOf(suite, kernel, variant);
  const entries = own.length === 0 && named ? ofKernel : own;
  if (ofKernel.length === 0 && wanted) return kernel.cases.filter((c) => !c.slow).map((c) => c.shape);
  return entries.flatMap((entry) => entry.cases.map((name) => parseCase(kernel, name)));
}

/** The shapes of this kernel among `cases`: whole ones as they are, partial ones by the known cases that they match. */
function shapesFor(kernel: Kernel, cases: readonly string[]): Shape[] {
  const keys = Object.keys(kernel.cases[0]!.shape);
  return cases.flatMap((text) => {
    if (text === 'all') return kernel.cases.map((c) => c.shape);
    const pairs = parsePairs(text);
    if (!pairs.every(([key]) => keys.includes(key))) return []; // another kernel's case
    if (pairs.length === keys.length) return [parseCase(kernel, text)];
    return kernel.cases
      .map((c) => c.shape)
      .filter((shape) => pairs.every(([key, value]) => String(shape[key]) === value));
  });
}

function assertCasesUsed(kernels: readonly Kernel[], cases: readonly string[]): void {
  for (const text of cases) {
    if (kernels.some((kernel) => shapesFor(kernel, [text]).length > 0)) continue;
    const known = kernels.flatMap((kernel) => kernel.cases.map((c) => caseName(c.shape)));
    throw unknown('case', text, [...new Set(known)]);
  }
}

function parsePairs(text: string): [key: string, value: string][] {
  return text.split(',').map((pair) => {
    const [key, value, ...more] = pair.split('=');
    if (!key || !value || more.length > 0) {
      throw new UsageError(`"${text}" is no case: it is written like M=384,N=384,K=384`);
    }
    return [key.trim(), value.trim()];
  });
}

/**
 * A shape of `kernel` from its text, keys in the kernel's order.
 * @throws UsageError when a key is missing or unknown, a size is no positive integer (nor 0, where the kernel has a case of 0), or the kernel refuses the shape
 */
export function parseCase(kernel: Kernel, text: string): Shape {
  const template = kernel.cases[0]!.shape;
  const keys = Object.keys(template);
  const given = new Map(parsePairs(text));
  for (const key of given.keys())
    if (!keys.includes(key)) throw unknown(`shape key of ${kernel.name}`, key, keys);
  const shape: Record<string, number | string> = {};
  for (const key of keys) {
    const value = given.get(key);
    if (value === undefined)
      throw new UsageError(`case "${text}" of ${kernel.name} lacks ${key}; it needs ${keys.join(', ')}`);
    if (typeof template[key] === 'string') {
      shape[key] = value;
      continue;
    }
    const size = Number(value);
    // None of something (a cache's depth) is a size only where the kernel itself has such a case.
    const least = kernel.cases.some((each) => each.shape[key] === 0) ? 0 : 1;
    if (!Number.isSafeInteger(size) || size < least) {
      const kind = least === 0 ? 'an integer from 0 on' : 'a positive integer';
      throw new UsageError(`case "${text}" of ${kernel.name}: ${key} must be ${kind}`);
    }
    shape[key] = size;
  }
  try {
    kernel.validate?.(shape);
  } catch (error) {
    throw new UsageError(`case "${text}" of ${kernel.name}: ${oneLine(error)}`);
  }
  // Pipelines read their weights anew for each token; a byte is one.
  const { bytes: moved, tokens, data } = kernel.work(shape);
  const bytes = moved / (tokens ?? data ?? 1);
  if (bytes > MOST_BYTES) {
    throw new UsageError(
      `case "${text}" of ${kernel.name} needs ${(bytes / 2 ** 30).toFixed(1)} GiB; the most is 2 GiB`,
    );
  }
  return shape;
}

function makeCell(kernel: Kernel, variant: Variant, shape: Shape): Cell {
  const name = caseName(shape);
  return {
    id: `${kernel.name}/${variant.name}@${name}`,
    subject: kernel.name,
    kind: kernel.kind ?? 'kernel',
    variant: variant.name,
    backend: variant.backend,
    shape,
    case: name,
    from:
      kernel.cases.find((candidate) => caseName(candidate.shape) === name)?.from ??
      'given on the command line',
  };
}

function shard(groups: readonly Group[], text: string): Group[] {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [i, n] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || i < 1 || i > n) throw new UsageError(`--shard is i/n with 1 ≤ i ≤ n, not "${text}"`);
  return groups.filter((_, k) => k % n === i - 1);
}
