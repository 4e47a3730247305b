/** What a measuring process does with a job, whatever the runtime it runs in. */
import { caseName, type Host, type Kernel, type Shape } from '../kernels/kernel.ts';
import { ORDINARY, unsupported } from '../kernels/lib/check.ts';
import { lossOf } from '../kernels/lib/gpu-device.ts';
import { oneLine } from './errors.ts';
import { diagnose, type Stage } from './integrity/diagnose.ts';
import { watchGlobals } from './integrity/globals.ts';
import { isBeyondBelief } from './integrity/limits.ts';
import {
  type Check,
  checkAllCases,
  describe,
  firstCall,
  type MemoryMeter,
  measureCell,
  type Subject,
  summarise,
} from './measure.ts';
import type { CellResult, Job, Link } from './protocol.ts';
import type { HostInfo } from './record.ts';
import { boundOf } from './roofline/bound.ts';

/**
 * Measures the cells of the job's group one after the other, and sends each result as it is made.
 * @param load imports the kernels, a user's among them, which must not happen before globals are watched
 * @param memory where the engine can count bytes, and they are asked for
 */
export async function runJob(
  job: Job,
  load: () => Promise<readonly Kernel[]>,
  host: Host,
  info: HostInfo,
  memory: ((shape: Shape) => MemoryMeter) | undefined,
  { send, turn }: Link,
): Promise<void> {
  const replacedGlobals = watchGlobals();
  const { group } = job;
  const kernel = (await load()).find((candidate) => candidate.name === group.subject)!;
  const variant = kernel.variants.find((candidate) => candidate.name === group.variant)!;
  const subject: Subject = { kernel, variant, host, seed: job.seed };
  const why = (shape: Shape) => unsupported(variant, shape, host);
  let shared: Check[] | undefined;
  let sharedReason: string | undefined;
  const { shape: firstShape } = group.cells[0]!;
  const reasonFor = async (shape: Shape, check: Check, stage: Stage) => {
    const cause = await diagnose(subject, shape, check, stage, firstShape);
    return cause === undefined ? describe(check) : `${cause}; ${describe(check)}`;
  };

  for (const [cell, { shape }] of group.cells.entries()) {
    const finish = (result: Omit<CellResult, 'host'>, suspected = false) => {
      const replaced = replacedGlobals();
      if (replaced.length > 0) {
        const reason = `replaces ${replaced.join(', ')}: nothing measured in its process can be believed`;
        return send({ kind: 'result', cell, result: { status: 'wrong', reason, host: info } });
      }
      send({ kind: 'result', cell, result: { ...result, host: info }, suspected });
    };
    const reason = why(shape);
    if (reason !== undefined) {
      finish({ status: 'unsupported', reason });
      continue;
    }
    const isFirst = shared === undefined;
    let step = '';
    const onPhase = (phase: string) => {
      step = phase;
      send({ kind: 'step', cell, step });
    };
    try {
      const cold = await firstCall(subject, shape, onPhase);
      onPhase('waiting for what the first call has left behind');
      await nextTurn();
      if (!cold.check.ok) {
        const reason = await reasonFor(shape, cold.check, 'first call');
        finish({ status: 'wrong', reason, error: summarise(variant, cold.check, []) });
        continue;
      }
      // Once for the variant: all its cells share the verdict.
      shared ??= job.checkAll
        ? await checkAllCases(
            subject,
            (other) => why(other) !== undefined,
            () => onPhase('checking all cases'),
          )
        : [];
      const [judged, noted] = variant.lenient ? apart(shared) : [shared, []];
      const broken = judged.find((check) => !check.ok);
      if (broken) {
        sharedReason ??= await reasonFor(shapeOf(kernel, broken), broken, 'all cases');
        finish({ status: 'wrong', reason: sharedReason, error: summarise(variant, cold.check, judged) });
        continue;
      }
      const meter: MemoryMeter | undefined =
        memory &&
        ((make, callNs) => {
          onPhase('counting bytes');
          return memory(shape)(make, callNs);
        });
      onPhase('measuring');
      const { budget, engine } = job;
      const sampling = { budget, engine, ...(turn ? { turn } : {}) };
      const measured = await measureCell(subject, shape, sampling, meter, job.checkAll);
      const error = summarise(variant, cold.check, [...judged, ...measured.checks]);
      const late = measured.checks.find((check) => !check.ok);
      if (late) {
        finish({ status: 'wrong', reason: await reasonFor(shape, late, late.stage), error });
        continue;
      }
      if (measured.caught || !measured.time) {
        const { caught } = measured;
        finish({ ...(caught ?? { status: 'failed', reason: 'gave no samples' }), error }, !!caught);
        continue;
      }
      const limits = rates(job, measured.time.medianNs, subject, shape, info, measured.bitsPerByte);
      if (limits.roofline && isBeyondBelief(limits.roofline)) {
        const { fraction, bound } = limits.roofline;
        const reason = `is faster than the machine can be: ${fraction.toFixed(1)} times the ${bound} peak`;
        finish({ status: 'wrong', reason, error }, true);
        continue;
      }
      const notes = [...(measured.notes ?? []), ...hostileNotes(noted)];
      finish({
        status: 'ok',
        error,
        time: { ...measured.time, ...(isFirst ? { coldNs: cold.coldNs } : {}) },
        ...limits,
        ...(notes.length > 0 ? { notes } : {}),
        ...(measured.tokens ? { tokens: measured.tokens } : {}),
        ...(measured.memory ? { memory: measured.memory } : {}),
      });
    } catch (error) {
      finish({ status: 'failed', reason: `threw ${oneLine(error)} while ${step} (${caseName(shape)})` });
      // Nothing more can be measured on it here: the runner gives the other cells a new process.
      if ('device' in host.gpu && lossOf(host.gpu.device) !== undefined) return;
    }
  }
}

/** Checks on ordinary inputs, and on hostile ones. */
function apart(checks: readonly Check[]): [ordinary: Check[], hostile: Check[]] {
  const isOrdinary = ({ input }: Check) => input === ORDINARY;
  return [checks.filter(isOrdinary), checks.filter((check) => !isOrdinary(check))];
}

function hostileNotes(checks: readonly Check[]): string[] {
  const wrong = checks.filter((check) => !check.ok);
  if (wrong.length === 0) return [];
  return [`wrong on ${wrong.length} of ${checks.length} hostile inputs, such as ${describe(wrong[0]!)}`];
}

/** Browsers tell of a promise that nobody handles in a task of their own, behind timers that are due. */
const TURN_MS = 10;

/** Lets the event loop run what a call left behind: a promise that nobody handles ends the process here. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, TURN_MS));
}

function shapeOf(kernel: Kernel, check: Check): Shape {
  return kernel.cases.find(({ shape }) => caseName(shape) === check.case)!.shape;
}

/**
 * Work ÷ time, and the fraction of the peak that binds: with `ops` or `bytes` (fewer than the algorithm has) the rate
 * stays that of the algorithm, while the fraction is that of what is really done.
 */
function rates(
  job: Job,
  ns: number,
  { kernel, variant }: Subject,
  shape: Shape,
  { threads, caches }: HostInfo,
  bitsPerByte: number | undefined,
): Pick<CellResult, 'rate' | 'roofline'> {
  const { flops, bytes, tokens, data } = kernel.work(shape);
  const rate = {
    ...{ gflops: flops / ns, gbps: bytes / ns },
    ...(tokens === undefined ? {} : { tokensPerSecond: tokens / (ns * 1e-9) }),
    ...(data === undefined ? {} : { bytesPerSecond: data / (ns * 1e-9) }),
    ...(bitsPerByte === undefined ? {} : { bitsPerByte }),
  };
  if (variant.native) return { rate };
  const roofline = boundOf(job.peaks, {
    backend: variant.backend,
    variant: variant.name,
    arithmetic: variant.arithmetic ?? kernel.arithmetic,
    flops: variant.ops?.(shape) ?? flops,
    ns,
    bytes: variant.bytes?.(shape) ?? bytes,
    threads,
    caches,
  });
  return { rate, ...(roofline ? { roofline } : {}) };
}
