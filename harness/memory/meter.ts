/** The memory pass of a Node process: bytes a call here, and collections in a process of their own for what allocates. */
import type { Shape } from '../../kernels/kernel.ts';
import type { MemoryMeter } from '../measure.ts';
import type { Job } from '../protocol.ts';
import type { MemorySummary } from '../record.ts';
import { startNodeCell } from '../runtimes/node.ts';
import type { NodeHost } from '../runtimes/node-host.ts';
import type { Collections } from './collections.ts';
import { measureBytes } from './node.ts';

/** For the process that counts: starting, preparing, and half a second of calls. */
const LIMIT_MS = 30_000;

export function nodeMemoryMeter(job: Job, host: NodeHost): (shape: Shape) => MemoryMeter {
  return (shape) => async (make, callNs) => {
    const arenas = arenaBytes(host);
    const floor = heldOutsideWasm();
    const prepared = await make();
    try {
      const bytes = await measureBytes(prepared, callNs);
      if (!bytes.heapBytesPerOp && !bytes.externalBytesPerOp) {
        const peakBytes = heldOutsideWasm() - floor + arenaBytes(host) - arenas;
        return {
          ...bytes,
          ...{ gcMinor: 0, gcMajor: 0, gcMs: 0 },
          // Else more was freed meanwhile that an earlier cell left behind: no reading.
          ...(peakBytes > 0 ? { peakBytes } : {}),
          method: `${bytes.method}; collections: none, since nothing is allocated; peak: what the cell holds`,
        };
      }
      // On an adapter of software they are those of a program whose calls take a thousand times too long.
      if ('isSoftware' in host.gpu && host.gpu.isSoftware && job.group.backend === 'webgpu')
        return { ...bytes, method: `${bytes.method}; collections: not counted on a software GPU` };
      return { ...bytes, ...(await collections(job, shape, callNs, bytes.method)) };
    } finally {
      prepared.dispose();
    }
  };
}

function heldOutsideWasm(): number {
  // Twice: buffers that the first collection found dead are freed in the background, the second one waits for that.
  globalThis.gc!();
  globalThis.gc!();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** The arenas' memories stay as large as they once were: what a cell holds in them is what they lent it. */
function arenaBytes(host: NodeHost): number {
  return host.arena(false).used + host.arena(true).used;
}

async function collections(job: Job, shape: Shape, callNs: number, method: string): Promise<MemorySummary> {
  const group = { ...job.group, cells: job.group.cells.filter((cell) => cell.shape === shape) };
  const result = await new Promise<Collections | string>((resolve) => {
    let counted: Collections | undefined;
    const timer = setTimeout(() => child.kill(), LIMIT_MS);
    const child = startNodeCell(
      { kind: 'collect', job: { ...job, group }, callNs },
      {
        onMessage(message) {
          if (message.kind === 'collected') counted = message.collections;
        },
        onExit(how) {
          clearTimeout(timer);
          resolve(counted ?? how);
        },
      },
      // Its own version, which need not be the pinned one.
      { binary: process.execPath, flags: [] },
    );
  });
  if (typeof result === 'string')
    return { method: `${method}; collections: not counted, the process ${result}` };
  const { calls, ...counts } = result;
  return {
    ...counts,
    method: `${method}; collections: V8's GCProfiler over ${calls} calls in a process with Node's default heap`,
  };
}
