/** Entry of a process that measures, in Node, Bun or Deno: takes one message from its parent, answers, and ends. */

import { cpus } from 'node:os';
import { REVECTORIZE } from '../../kernels/lib/wasm.ts';
// Bun gives `Performance.prototype` what Node has when this is first loaded: before the globals are watched, not by a library.
import 'node:perf_hooks';
import { loadKernels } from '../catalogue.ts';
import { runJob } from '../cell.ts';
import { clockStepMs } from '../clock.ts';
import { machine } from '../environment/machine.ts';
import { clockNow, watch } from '../environment/watch.ts';
import { prepareForMemory } from '../measure.ts';
import { countCollections } from '../memory/collections.ts';
import { trackMemories } from '../memory/external.ts';
import { IN_BUN } from '../memory/heap.ts';
import { processMemoryMeter } from '../memory/meter.ts';
import type { FromCell, Job, ToCell } from '../protocol.ts';
import type { HostInfo } from '../record.ts';
import { measurePeaks } from '../roofline/peaks.ts';
import { gpuOf } from './gpu.ts';
import { peerInfoOf } from './host.ts';
import { createProcessHost, type ProcessHost, thisEngine } from './process-host.ts';

/** Settled when the last message has left. */
let sent: Promise<void> = Promise.resolve();
const send = (message: FromCell): void => {
  sent = new Promise((resolve) => process.send!(message, () => resolve()));
};

/** The parent says nothing to a process that measures but whose turn it is. */
const turn = (): Promise<void> => {
  send({ kind: 'turn' });
  return new Promise((resolve) => process.once('message', () => resolve()));
};

/** Of the engine, as `process.ts` repeats them. */
const FLAGS = process.argv.slice(2);

function hostInfo(host: ProcessHost): HostInfo {
  const all = cpus();
  return {
    ...thisEngine(),
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    ...machine(),
    simd: host.simd,
    relaxedSimd: host.relaxedSimd,
    threads: host.threads,
    ...gpuOf(host.gpu),
    clockStepNs: clockStepMs() * 1e6,
    flags: FLAGS,
  };
}

async function collectionsOf({ group, files, seed }: Job, host: ProcessHost, callNs: number) {
  const kernel = (await loadKernels(files)).find(({ name }) => name === group.subject)!;
  const variant = kernel.variants.find(({ name }) => name === group.variant)!;
  const make = () => prepareForMemory({ kernel, variant, host, seed }, group.cells[0]!.shape);
  return countCollections(make, callNs);
}

// Bun goes on after a promise that was rejected and that nobody handles; Node and Deno end.
if (IN_BUN) {
  process.on('unhandledRejection', (error) => {
    process.stderr.write(`${String(error)}\n`, () => process.exit(1));
  });
}

process.once('message', async (message: ToCell) => {
  if (message.kind === 'probe') {
    const host = await createProcessHost({
      gpu: message.resources.includes('webgpu'),
      ...(message.threads ? { threads: message.threads } : {}),
    });
    const revectorized = FLAGS.includes(REVECTORIZE);
    const peaks = await measurePeaks(host, message.resources, { revectorized });
    send({ kind: 'probed', host: { ...hostInfo(host), noise: clockNow() }, peaks });
    await host.close();
  } else {
    const { job } = message;
    // Before the host makes its own.
    if (job.memory) trackMemories();
    const host = await createProcessHost({
      gpu: job.group.backend === 'webgpu',
      ...(job.files.gguf ? { gguf: job.files.gguf } : {}),
      ...(job.threads ? { threads: job.threads } : {}),
    });
    if (message.kind === 'collect') {
      send({ kind: 'collected', collections: await collectionsOf(job, host, message.callNs) });
    } else {
      const meter = job.memory ? processMemoryMeter(job, host) : undefined;
      const info = { ...hostInfo(host), ...peerInfoOf(host, job.group) };
      const link = { send: watch(send), ...(job.turns ? { turn } : {}) };
      await runJob(job, () => loadKernels(job.files), host, info, meter, link);
      send({ kind: 'done' });
    }
    await host.close();
  }
  // Deno drops what has not left when a process disconnects, as it has not after a hundred messages in a row.
  await sent;
  // What a kernel left running must not keep the process.
  process.disconnect();
});
