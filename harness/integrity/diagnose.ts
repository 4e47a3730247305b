/**
 * Why is an output wrong? The verdict stands already, so that these may guess: each looks for the traces of one cause,
 * the surest first, and the first that finds them words the reason.
 */
import { caseName, type FloatArray, type Reference, type Shape } from '../../kernels/kernel.ts';
import {
  checkOnce,
  type InputSource,
  inputSources,
  judge,
  makeTrial,
  ORDINARY,
  type Trial,
  type Verdict,
} from '../../kernels/lib/check.ts';
import { compare } from '../../kernels/lib/compare.ts';
import { now } from '../clock.ts';
import type { Subject } from '../measure.ts';

/** When in a cell's life the wrong output was found. */
export type Stage =
  | 'first call'
  | 'all cases'
  | 'after the samples'
  | 'overwritten output'
  | 'warm, on a new input';

/** How long work that was left for later is waited for. */
const LATE_MS = 50;
/** Milliseconds of calls after which code has passed the baseline tier, also where another thread compiles it. */
const WARM_MS = 200;

const SMALLEST_NORMAL = 2 ** -126;
const isDenormal = (v: number) => v !== 0 && Math.abs(v) < SMALLEST_NORMAL;

/**
 * @param first the shape of the first call
 * @returns what is the matter, without where: that is in the verdict. Undefined where nothing is known but that it is wrong.
 */
export async function diagnose(
  subject: Subject,
  shape: Shape,
  verdict: Verdict,
  stage: Stage,
  first: Shape,
): Promise<string | undefined> {
  if (verdict.misuse !== undefined) return verdict.misuse;
  if (verdict.index < 0) return 'gives an output of the wrong length';
  const seen = fromOutput(verdict, stage);
  if (seen !== undefined) return seen;
  const source = inputSources(subject.kernel)[0]!;
  // Experiments need the variant, which may throw or behave otherwise now.
  try {
    return (
      (await fromNewRuns(subject, shape, source, stage)) ??
      (await fromShapes(subject, verdict, source, stage, first)) ??
      fromStage(subject, shape, verdict, stage) ??
      fromSize(verdict)
    );
  } catch {
    return fromStage(subject, shape, verdict, stage) ?? fromSize(verdict);
  }
}

/** What the wrong output alone shows. */
function fromOutput({ evidence, tolerance }: Verdict, stage: Stage): string | undefined {
  const { out, before, reference } = evidence!;
  const n = reference.values.length;
  const nans = countNaN(out, reference);
  if (stage === 'overwritten output' && nans > 0)
    return `leaves elements unwritten: ${nans} of ${n} when its input repeats`;
  if (
    stage === 'first call' &&
    before &&
    out.length === before.length &&
    out.every((v, i) => Object.is(v, before[i]))
  )
    return 'writes nothing: the output is what it was before the run';
  const at = (i: number) => out[reference.indices?.[i] ?? i]!;
  const count = (is: (got: number, expected: number) => boolean) =>
    reference.values.reduce((sum, expected, i) => sum + (is(at(i), expected) ? 1 : 0), 0);
  const tiny = count((got, expected) => isDenormal(got) && !isDenormal(Math.fround(expected)));
  if (tiny > n / 10) return `decays to denormals: ${tiny} of ${n} elements`;
  const infinite = count((_, expected) => Math.abs(expected) === Number.POSITIVE_INFINITY);
  const matched = count(
    (got, expected) => Math.abs(expected) === Number.POSITIVE_INFINITY && got === expected,
  );
  if (infinite > 0 && matched === infinite) {
    const scale = (i: number) => ({
      values: new Float64Array([reference.values[i]!]),
      ...(reference.scale ? { scale: reference.scale.subarray(i, i + 1) } : {}),
    });
    const wrong = reference.values.reduce((sum, _, i) => {
      const e = compare(new Float64Array([at(i)]), scale(i), tolerance.metric).value;
      return sum + (e <= tolerance.bound ? 0 : 1);
    }, 0);
    if (wrong > (n - infinite) / 2)
      return `is right only where the result is infinite: ${wrong} of ${n - infinite} others are wrong`;
  }
  return undefined;
}

/** Runs it again: late, in another order, on other inputs, or for longer. */
async function fromNewRuns(
  subject: Subject,
  shape: Shape,
  source: InputSource,
  stage: Stage,
): Promise<string | undefined> {
  const { kernel, variant, host, seed } = subject;
  const trial = (label: string) => makeTrial(kernel, variant, shape, source, `${seed} cause ${label}`, host);
  const a = await trial('a');
  try {
    a.prepared.poison?.(Number.NaN);
    a.prepared.run();
    if (a.prepared.sync) await a.prepared.sync();
    // No `await` on the way here where there is no `sync`: what was left for later would be done.
    const atOnce = await judge(a);
    if (atOnce.ok) return undefined;
    await new Promise((resolve) => setTimeout(resolve, LATE_MS));
    if ((await judge(a)).ok) return 'is not finished when run returns: its output was right only later';
    const unwritten = await unwrittenElements(a);
    if (unwritten) return unwritten;
    const nans = countNaN(atOnce.evidence!.out, a.reference);
    const b = await trial('b');
    try {
      await runOnce(b);
      const other = await judge(b);
      if (other.evidence && passes(b, other.evidence.out, a.reference))
        return 'gives the output of an earlier input';
      await runOnce(a);
      if (passes(a, await a.prepared.read(), a.reference))
        return 'computes in read: its output is wrong where the input is overwritten before it is read';
      if (other.evidence && same(other.evidence.out, atOnce.evidence!.out))
        return 'gives the same output whatever the input';
    } finally {
      b.prepared.dispose();
    }
    if (nans > 0) return `computes NaN: ${nans} of ${a.reference.values.length} elements`;
    if (stage === 'first call') {
      const calls = await warm(a);
      if ((await judge(a)).ok) return `is wrong until it is warm: right after ${calls} more calls`;
    }
    return undefined;
  } finally {
    a.prepared.dispose();
  }
}

async function runOnce({ prepared }: Trial, poison?: number): Promise<void> {
  if (poison !== undefined) prepared.poison?.(poison);
  prepared.run();
  if (prepared.sync) await prepared.sync();
}

async function warm(trial: Trial): Promise<number> {
  const until = now() + WARM_MS;
  let calls = 0;
  do {
    await runOnce(trial);
    calls++;
  } while (now() < until);
  return calls;
}

/** Elements that hold two different poisons after two runs. */
async function unwrittenElements(trial: Trial): Promise<string | undefined> {
  if (!trial.prepared.poison) return undefined;
  const after = async (poison: number) => {
    await runOnce(trial, poison);
    return (await trial.prepared.read()).slice();
  };
  const [one, two] = [12345.5, -54321.25];
  const [first, second] = [await after(one), await after(two)];
  let left = 0;
  for (let i = 0; i < first.length; i++) if (first[i] === one && second[i] === two) left++;
  return left > 0 ? `leaves elements unwritten: ${left} of ${first.length}` : undefined;
}

function passes({ kernel, variant, shape }: Trial, out: FloatArray, reference: Reference): boolean {
  const { metric, bound } = variant.tolerance ?? kernel.tolerance;
  return (
    compare(out, reference, metric, kernel.outputLength?.(shape) ?? reference.values.length).value <= bound
  );
}

function same(a: FloatArray, b: FloatArray): boolean {
  return a.length === b.length && a.every((v, i) => Object.is(v, b[i]));
}

function countNaN(out: FloatArray, reference: Reference): number {
  return reference.values.reduce(
    (sum, expected, i) =>
      sum + (Number.isNaN(out[reference.indices?.[i] ?? i]!) && !Number.isNaN(expected) ? 1 : 0),
    0,
  );
}

/** Is it right at the shape of its first call, on an input that it has not seen either? */
async function fromShapes(
  { kernel, variant, host, seed }: Subject,
  { input }: Verdict,
  source: InputSource,
  stage: Stage,
  first: Shape,
): Promise<string | undefined> {
  if (stage !== 'all cases' || input !== ORDINARY) return undefined;
  const again = await checkOnce(kernel, variant, first, source, `${seed} cause again`, host);
  return again.ok
    ? `is right only for some shapes, ${caseName(first)} among them`
    : 'is right only for the first input that it gets';
}

/** What it means that it was right up to here. */
function fromStage(subject: Subject, shape: Shape, { input }: Verdict, stage: Stage): string | undefined {
  switch (stage) {
    case 'first call':
      return undefined;
    case 'all cases':
      return input === ORDINARY ? undefined : `is wrong for hostile input`;
    case 'after the samples':
    case 'overwritten output':
      return 'is right at first and wrong after warm-up';
    case 'warm, on a new input':
      return `is right only for the input that it was timed on (${caseName(shape)} of ${subject.kernel.name})`;
  }
}

/** A small error everywhere: how many bits are left. */
function fromSize({ evidence }: Verdict): string | undefined {
  const { out, reference } = evidence!;
  let worst = 0;
  for (const [i, expected] of reference.values.entries()) {
    if (!Number.isFinite(expected) || Math.abs(expected) < SMALLEST_NORMAL) continue;
    const e = Math.abs(out[reference.indices?.[i] ?? i]! - expected) / Math.abs(expected);
    if (!(e <= worst)) worst = e;
  }
  if (!(worst > 0 && worst < 2 ** -6)) return undefined;
  return `loses precision: ${Math.floor(-Math.log2(worst))} of 24 bits are right`;
}
