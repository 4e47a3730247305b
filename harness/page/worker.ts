/** The worker of a page that measures: what process-cell.ts is in a process. */
import { usesGpu } from '../../kernels/lib/peer.ts';
import { openGguf } from '../../models/gguf/reader.ts';
import { runJob } from '../cell.ts';
import { oneLine } from '../errors.ts';
import type { MemoryMeter } from '../measure.ts';
import type { FromCell } from '../protocol.ts';
import type { HostInfo } from '../record.ts';
import { measurePeaks } from '../roofline/peaks.ts';
import { peerInfoOf } from '../runtimes/host.ts';
import { createPageHost, pageInfo } from './host.ts';
import type { FromWorker, PageJob } from './job.ts';
import { kernelsOf } from './kernels.ts';
import { chromiumMemoryMeter } from './memory.ts';
import { rangesOf } from './ranges.ts';

// Kept from before a user's file is imported.
const post = globalThis.postMessage.bind(globalThis) as (message: FromWorker) => void;

const send = (message: FromCell): void => post({ kind: 'said', message });
const end = (how: string): void => post({ kind: 'ended', how });

async function work({ message, files, known, driver }: PageJob): Promise<void> {
  const threads = message.kind === 'probe' ? message.threads : message.job.threads;
  const wantsGpu =
    message.kind === 'probe' ? message.resources.includes('webgpu') : usesGpu(message.job.group);
  const host = await createPageHost({
    known,
    gpu: wantsGpu,
    peers: files.peers,
    ...(threads === undefined ? {} : { threads }),
    ...(files.gguf ? { gguf: () => openGguf(rangesOf(files.gguf!)) } : {}),
  });
  const peer = message.kind === 'measure' ? peerInfoOf(host, message.job.group) : {};
  const info = { ...pageInfo(host, known), ...peer };
  if (message.kind === 'probe') {
    send({ kind: 'probed', host: info, peaks: await measurePeaks(host, message.resources) });
  } else if (message.kind === 'measure') {
    const { job } = message;
    const kernels = kernelsOf(files, job.group.subject);
    await runJob(job, kernels.load, host, info, job.memory ? meterOf(info, driver) : undefined, {
      send,
    }).catch((error) => {
      // A file that needs Node is no failure of the cell.
      const reason = kernels.missing();
      if (reason === undefined) throw error;
      for (const cell of job.group.cells.keys())
        send({ kind: 'result', cell, result: { status: 'unsupported', reason, host: info } });
    });
    send({ kind: 'done' });
  }
  await host.close();
}

const WHY_NOT: Readonly<Record<string, string>> = {
  v8: 'the heap of a worker can be counted over the DevTools protocol only, which this page is not attached to',
  spidermonkey: 'Firefox tells neither a page nor its driver what a call allocates',
  jsc: 'WebKit tells neither a page nor its driver what a call allocates',
};

/** Where bytes cannot be counted, the record says why. */
function meterOf({ engine }: HostInfo, driver: string | undefined): () => MemoryMeter {
  if (driver !== undefined) return () => chromiumMemoryMeter(driver);
  const method = `unsupported: ${WHY_NOT[engine] ?? 'the engine tells a page nothing about its allocations'}`;
  return () => async () => ({ method });
}

// As in Node: an error that nobody handles ends what measures.
globalThis.addEventListener('unhandledrejection', ({ reason }) => end(`ended with ${named(reason)}`));

function named(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : oneLine(error);
}

globalThis.addEventListener(
  'message',
  ({ data }: MessageEvent<PageJob>) => {
    work(data).then(
      () => end('ended'),
      (error) => end(`ended with ${named(error)}`),
    );
  },
  { once: true },
);
