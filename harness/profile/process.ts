/**
 * Entry of a process that is looked into: it does with a variant what a measuring process does (every case once, warm-up,
 * a window of calls) and leaves the timing out. Flags of the engine, or a profiler around the window, see what it runs.
 */
import { Script } from 'node:vm';
import type { Host, Kernel, Prepared, Shape, Variant } from '../../kernels/kernel.ts';
import { inputSources, unsupported } from '../../kernels/lib/check.ts';
import { rng } from '../../kernels/lib/rng.ts';
import { loadKernels } from '../catalogue.ts';
import { createProcessHost } from '../runtimes/process-host.ts';
import { MARK } from '../tiers/v8-log.ts';
import { callTree } from './call-tree.ts';
import { capture } from './capture.ts';
import type { FromProfiled, ProfileJob } from './protocol.ts';
import { scopes } from './scopes.ts';

/** Resolves when the message is out: a long one is cut off by the end of the process. */
const send = (message: FromProfiled): Promise<void> =>
  new Promise((resolve) => {
    process.send!(message, () => resolve());
  });

/** A point in time that stands in the engine's log. */
function mark(name: string): void {
  new Script('0', { filename: MARK + name });
}

/** The clock (ms), and all calls of the variant in this process up to then. */
const points: [ms: number, calls: number][] = [];
let calls = 0;

/** Calls for `ms`, at least once, in batches of about 0.2 ms: reading the clock is no part of what is seen. */
function zooTimedLoop(run: () => void, ms: number): number {
  const start = performance.now();
  let batch = 1;
  let now = start;
  do {
    const before = now;
    for (let i = 0; i < batch; i++) run();
    calls += batch;
    now = performance.now();
    if (now - before < 0.2) batch *= 2;
    points.push([now, calls]);
  } while (now - start < ms);
  return now - start;
}

async function timedLoop(prepared: Prepared, ms: number, scoped = false): Promise<number> {
  const run = prepared.run.bind(prepared);
  const called = scoped ? inScope(run) : run;
  if (!prepared.sync) return zooTimedLoop(called, ms);
  // Handing work over is faster than doing it: without waiting, hours of it would queue up.
  const start = performance.now();
  do {
    zooTimedLoop(called, 0);
    await prepared.sync();
  } while (performance.now() - start < ms);
  return performance.now() - start;
}

/** The whole call is the outermost scope; within it are those that the code opens itself. */
function inScope(run: () => void): () => void {
  return () => {
    scopes.begin('run');
    run();
    scopes.end();
  };
}

/** Every case on every kind of input, once and without a comparison: the types and branches that the checks show the code. */
async function runAllCases(kernel: Kernel, variant: Variant, host: Host, seed: string): Promise<void> {
  for (const { shape, slow } of kernel.cases) {
    if (slow || unsupported(variant, shape, host) !== undefined) continue;
    for (const source of inputSources(kernel)) {
      await send({ kind: 'step' });
      const input = await source.make(shape, rng(`${seed} ${source.name}`), host);
      const prepared = await variant.prepare(input, shape, host);
      await timedLoop(prepared, 0);
      prepared.dispose();
    }
  }
}

async function look(job: ProfileJob, host: Host): Promise<void> {
  const { subject, variant: name } = job.cells[0]!;
  const kernel = (await loadKernels(job.files)).find((candidate) => candidate.name === subject)!;
  const variant = kernel.variants.find((candidate) => candidate.name === name)!;
  const before = performance.now();
  mark('clock');
  await send({ kind: 'clock', ms: (before + performance.now()) / 2 });
  let isFirst = true;
  for (const [cell, { shape }] of job.cells.entries()) {
    const reason = unsupported(variant, shape, host);
    if (reason !== undefined) {
      await send({ kind: 'unsupported', cell, reason });
      continue;
    }
    if (isFirst && job.runAll) await runAllCases(kernel, variant, host, job.seed);
    isFirst = false;
    await lookAtCell(job, cell, kernel, variant, shape, host);
  }
}

async function lookAtCell(
  job: ProfileJob,
  cell: number,
  kernel: Kernel,
  variant: Variant,
  shape: Shape,
  host: Host,
): Promise<void> {
  await send({ kind: 'step' });
  const input = await kernel.inputs(shape, rng(`${job.seed} ${cell}`), host);
  const prepared = await variant.prepare(input, shape, host);
  try {
    await timedLoop(prepared, job.warmupMs);
    await send({ kind: 'step' });
    if (job.capture === 'tree') {
      await sendTree(job, cell, prepared, await variant.prepare(input, shape, { ...host, scopes }));
      return;
    }
    const { captured, result } = await capture(job.capture, async () => {
      const before = calls;
      if (job.capture === 'none') mark(`start-${cell}`);
      const ms = await timedLoop(prepared, job.windowMs, job.capture === 'scopes');
      return { ms, calls: calls - before };
    });
    mark(`end-${cell}`);
    await send({ kind: 'window', cell, window: result, captured });
  } finally {
    prepared.dispose();
  }
}

/** @param traced is disposed of */
async function sendTree(job: ProfileJob, cell: number, plain: Prepared, traced: Prepared): Promise<void> {
  try {
    await timedLoop(traced, job.warmupMs);
    await send({ kind: 'step' });
    const start = performance.now();
    const captured = await callTree(plain, traced, job.windowMs);
    const window = { calls: captured.calls, ms: performance.now() - start };
    await send({ kind: 'window', cell, window, captured });
  } finally {
    traced.dispose();
  }
}

process.once('message', async (job: ProfileJob) => {
  const gpu = job.cells[0]!.backend === 'webgpu';
  const host = await createProcessHost({
    gpu,
    ...(job.files.gguf ? { gguf: job.files.gguf } : {}),
    ...(job.threads ? { threads: job.threads } : {}),
  });
  await look(job, host);
  await send({ kind: 'done', points });
  await host.close();
  process.disconnect();
});
