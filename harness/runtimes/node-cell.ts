/** Entry of a process that measures in Node: takes one message from its parent, answers, and ends. */
import { cpus } from 'node:os';
import { runJob } from '../cell.ts';
import { machine } from '../environment/machine.ts';
import { clockNow, watch } from '../environment/watch.ts';
import { measureMemory } from '../memory/node.ts';
import type { FromCell, ToCell } from '../protocol.ts';
import type { HostInfo } from '../record.ts';
import { measurePeaks, REVECTORIZE } from '../roofline/peaks.ts';
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
    ...('device' in host.gpu ? { gpuAdapter: host.gpu.adapter, gpuIsSoftware: host.gpu.isSoftware } : {}),
    // The loader of TypeScript says nothing about the engine, and its path would name this machine.
    flags: process.execArgv.filter((flag, i, all) => flag !== '--import' && all[i - 1] !== '--import'),
  };
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
    const host = await createNodeHost({
      gpu: job.group.backend === 'webgpu',
      ...(job.files.gguf ? { gguf: job.files.gguf } : {}),
      ...(job.threads ? { threads: job.threads } : {}),
    });
    await runJob(job, host, hostInfo(host), job.memory ? measureMemory : undefined, watch(send));
    send({ kind: 'done' });
    await host.close();
  }
  // What a kernel left running must not keep the process.
  process.disconnect();
});
