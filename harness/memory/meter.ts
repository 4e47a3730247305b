/** The memory pass of a process: bytes a call here, and collections in a process of their own for what allocates. */
import type { Shape } from '../../kernels/kernel.ts';
import type { MemoryMeter } from '../measure.ts';
import type { Job } from '../protocol.ts';
import type { MemorySummary } from '../record.ts';
import { startProcessCell, thisProgram } from '../runtimes/process.ts';
import type { ProcessHost } from '../runtimes/process-host.ts';
import type { Package } from '../runtimes/versions.ts';
import { measureBytesInBun } from './bun.ts';
import type { Collections } from './collections.ts';
import { collectAll, IN_BUN } from './heap.ts';
import { measureBytes } from './node.ts';
import { readGcTrace, TRACE_FLAGS } from './trace-gc.ts';

/** For the process that counts: starting, preparing, and half a second of calls. */
const LIMIT_MS = 30_000;

export function processMemoryMeter(job: Job, host: ProcessHost): (shape: Shape) => MemoryMeter {
  return (shape) => async (make, callNs) => {
    const arenas = arenaBytes(host);
    const floor = heldOutsideWasm();
    const prepared = await make();
    try {
      const bytes = await (IN_BUN ? measureBytesInBun : measureBytes)(prepared, callNs);
      if (bytes.heapBytesPerOp === 0 && bytes.externalBytesPerOp === 0) {
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
  collectAll();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  // JSC counts buffers as part of its heap, and Deno counts them as external alone.
  return IN_BUN ? heapUsed : heapUsed + (arrayBuffers || external);
}

/** The arenas' memories stay as large as they once were: what a cell holds in them is what they lent it. */
function arenaBytes(host: ProcessHost): number {
  return host.arena(false).used + host.arena(true).used;
}

/** How each engine counts its collections. */
const COUNTED: Readonly<Record<Package, string>> = {
  node: "V8's GCProfiler",
  bun: "JSC's collections, as Bun's GCProfiler tells them",
  deno: "V8's --trace-gc",
};

async function collections(job: Job, shape: Shape, callNs: number, method: string): Promise<MemorySummary> {
  const group = { ...job.group, cells: job.group.cells.filter((cell) => cell.shape === shape) };
  // Its own version, which need not be the pinned one.
  const program = thisProgram();
  let trace = '';
  const result = await new Promise<Collections | string>((resolve) => {
    let counted: Collections | undefined;
    const timer = setTimeout(() => child.kill(), LIMIT_MS);
    const child = startProcessCell(
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
      program.engine === 'deno'
        ? {
            program,
            flags: TRACE_FLAGS,
            onOutput: (text) => {
              trace += text;
            },
          }
        : { program, flags: [] },
    );
  });
  if (typeof result === 'string')
    return { method: `${method}; collections: not counted, the process ${result}` };
  const { calls, ...counts } = result;
  const traced = program.engine === 'deno' ? readGcTrace(trace, calls) : {};
  if (traced === undefined) {
    const { peakBytes, addedBytes } = counts;
    return { peakBytes, addedBytes, method: `${method}; collections: not counted, V8 printed no trace` };
  }
  return {
    ...counts,
    ...traced,
    method: `${method}; collections: ${COUNTED[program.engine]} over ${calls} calls in a process with the engine's default heap`,
  };
}
