/** What a measuring process does with a job, whatever the runtime it runs in. */
import { caseName, type Host, type Shape } from '../kernels/kernel.ts';
import { unsupported } from '../kernels/lib/check.ts';
import { loadKernels, oneLine } from './catalogue.ts';
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
import type { CellResult, FromCell, Job } from './protocol.ts';
import type { HostInfo } from './record.ts';
import { boundOf } from './roofline/bound.ts';

/** Measures the cells of the job's group one after the other, and sends each result as it is made. */
export async function runJob(
  job: Job,
  host: Host,
  info: HostInfo,
  memory: ((shape: Shape) => MemoryMeter) | undefined,
  send: (message: FromCell) => void,
): Promise<void> {
  const { group } = job;
  const kernel = (await loadKernels(job.files)).find((candidate) => candidate.name === group.subject)!;
  const variant = kernel.variants.find((candidate) => candidate.name === group.variant)!;
  const subject: Subject = { kernel, variant, host, seed: job.seed };
  const why = (shape: Shape) => unsupported(variant, shape, host);
  let shared: Check[] | undefined;

  for (const [cell, { shape }] of group.cells.entries()) {
    const finish = (result: Omit<CellResult, 'host'>) => {
      send({ kind: 'result', cell, result: { ...result, host: info } });
    };
    const reason = why(shape);
    if (reason !== undefined) {
      finish({ status: 'unsupported', reason });
      continue;
    }
    const isFirst = shared === undefined;
    try {
      send({ kind: 'step', cell, step: 'making the first call' });
      const cold = await firstCall(subject, shape);
      if (!cold.check.ok) {
        finish({ status: 'wrong', reason: describe(cold.check), error: summarise(variant, cold.check, []) });
        continue;
      }
      // Once for the variant: all its cells share the verdict.
      shared ??= job.checkAll
        ? await checkAllCases(
            subject,
            (other) => why(other) !== undefined,
            () => send({ kind: 'step', cell, step: 'checking all cases' }),
          )
        : [];
      const broken = shared.find((check) => !check.ok);
      if (broken) {
        finish({ status: 'wrong', reason: describe(broken), error: summarise(variant, cold.check, shared) });
        continue;
      }
      send({ kind: 'step', cell, step: 'measuring' });
      const meter: MemoryMeter | undefined =
        memory &&
        ((make, callNs) => {
          send({ kind: 'step', cell, step: 'counting bytes' });
          return memory(shape)(make, callNs);
        });
      const measured = await measureCell(subject, shape, job.budget, job.engine, meter);
      const error = summarise(variant, cold.check, [...shared, ...measured.checks]);
      const late = measured.checks.find((check) => !check.ok);
      if (late || !measured.time) {
        finish({ status: 'wrong', reason: `after warm-up: ${late ? describe(late) : 'no samples'}`, error });
        continue;
      }
      finish({
        status: 'ok',
        error,
        time: { ...measured.time, ...(isFirst ? { coldNs: cold.coldNs } : {}) },
        ...rates(job, measured.time.medianNs, subject, shape, info),
        ...(measured.memory ? { memory: measured.memory } : {}),
      });
    } catch (error) {
      finish({ status: 'failed', reason: `threw ${oneLine(error)} (${caseName(shape)})` });
    }
  }
}

/**
 * Work ÷ time, and the fraction of the peak that binds: with `ops` (fewer operations than the algorithm has) the rate
 * stays that of the algorithm, while the fraction is that of what is really done.
 */
function rates(
  job: Job,
  ns: number,
  { kernel, variant }: Subject,
  shape: Shape,
  { threads, caches }: HostInfo,
): Pick<CellResult, 'rate' | 'roofline'> {
  const { flops, bytes } = kernel.work(shape);
  const roofline = boundOf(job.peaks, {
    backend: variant.backend,
    arithmetic: variant.arithmetic ?? kernel.arithmetic,
    flops: variant.ops?.(shape) ?? flops,
    ns,
    bytes,
    threads,
    caches,
  });
  return { rate: { gflops: flops / ns, gbps: bytes / ns }, ...(roofline ? { roofline } : {}) };
}
