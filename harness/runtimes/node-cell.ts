/** Entry of a process that measures in Node: takes one message from its parent, answers, and ends. */
import { cpus } from 'node:os';
import { loadKernels } from '../catalogue.ts';
import { runJob } from '../cell.ts';
import { clockStepMs } from '../clock.ts';
import { machine } from '../environment/machine.ts';
import { clockNow, watch } from '../environment/watch.ts';
import { prepareForMemory } from '../measure.ts';
import { countCollections } from '../memory/collections.ts';
import { trackWasmMemories } from '../memory/external.ts';
import { nodeMemoryMeter } from '../memory/meter.ts';
import type { FromCell, Job, ToCell } from '../protocol.ts';
import type { HostInfo } from '../record.ts';
import { measurePeaks, REVECTORIZE } from '../roofline/peaks.ts';
import { gpuOf } from './gpu.ts';
import { createNodeHost, type NodeHost } from './node-host.ts';

const send = (message: FromCell): void => {
  process.send!(message);
};

function hostInfo(host: NodeHost): HostInfo {
  const all = cpus();
  return {
    runtime: host.runtime,
    version: process.versions.node,
    engine: 'v8',
    engineVersion: process.versions.v8,
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    ...machine(),
    simd: host.simd,
    relaxedSimd: host.relaxedSimd,
    threads: host.threads,
    ...gpuOf(host.gpu),
    clockStepNs: clockStepMs() * 1e6,
    // The loader of TypeScript says nothing about the engine, and its path would name this machine.
    flags: process.execArgv.filter((flag, i, all) => flag !== '--import' && all[i - 1] !== '--import'),
  };
}

async function collectionsOf({ group, files, seed }: Job, host: NodeHost, callNs: number) {
  const kernel = (await loadKernels(files)).find(({ name }) => name === group.subject)!;
  const variant = kernel.variants.find(({ name }) => name === group.variant)!;
  const make = () => prepareForMemory({ kernel, variant, host, seed }, group.cells[0]!.shape);
  return countCollections(make, callNs);
}

process.once('message', async (message: ToCell) => {
  if (message.kind === 'probe') {
    const host = await createNodeHost({
      gpu: message.resources.includes('webgpu'),
      ...(message.threads ? { threads: message.threads } : {}),
    });
    const revectorized = process.execArgv.includes(REVECTORIZE);
    const peaks = await measurePeaks(host, message.resources, { revectorized });
    send({ kind: 'probed', host: { ...hostInfo(host), noise: clockNow() }, peaks });
    await host.close();
  } else {
    const { job } = message;
    // Before the host makes its own.
    if (job.memory) trackWasmMemories();
    const host = await createNodeHost({
      gpu: job.group.backend === 'webgpu',
      ...(job.files.gguf ? { gguf: job.files.gguf } : {}),
      ...(job.threads ? { threads: job.threads } : {}),
    });
    if (message.kind === 'collect') {
      send({ kind: 'collected', collections: await collectionsOf(job, host, message.callNs) });
    } else {
      const meter = job.memory ? nodeMemoryMeter(job, host) : undefined;
      await runJob(job, () => loadKernels(job.files), host, hostInfo(host), meter, watch(send));
      send({ kind: 'done' });
    }
    await host.close();
  }
  // What a kernel left running must not keep the process.
  process.disconnect();
});
