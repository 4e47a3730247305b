/**
 * Heap bytes by V8's sampling heap profiler with an interval of one byte: every allocation is a sample, with its exact
 * size and the stack it was made on. Read is what lies below {@link callsWatched} in the call tree, so that neither the
 * reading nor the rest of the process is in it, and no collection disturbs it: the profiler is told to keep what is
 * collected. The code is not compiled differently; its allocations go the slow way, through the runtime.
 *
 * Source: V8, src/profiler/sampling-heap-profiler.h. Bias: about one object in 500 is missed where an allocation starts a new
 * page of 256 kB; of stacks deeper than 128 frames the root is not known, and what they allocate is not counted.
 */
import { type HeapProfiler, Session } from 'node:inspector';
import { bytesBelow, callsWatched, EVERY_ALLOCATION, keepApart } from './watched.ts';

export interface HeapSampler {
  /** Bytes that `calls` calls allocate on this thread's heap. */
  bytes(run: () => unknown, calls: number): Promise<number>;
  close(): void;
}

export function openSampler(): HeapSampler {
  const session = new Session();
  session.connect();
  keepApart();
  return {
    async bytes(run, calls) {
      session.post('HeapProfiler.startSampling', EVERY_ALLOCATION as HeapProfiler.StartSamplingParameterType);
      callsWatched(run, calls);
      const head = await new Promise<HeapProfiler.SamplingHeapProfileNode>((resolve, reject) => {
        session.post('HeapProfiler.stopSampling', (error, reply) => {
          if (error) reject(error);
          else resolve(reply.profile.head);
        });
      });
      return bytesBelow(head, callsWatched.name);
    },
    close: () => session.disconnect(),
  };
}
