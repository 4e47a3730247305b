import type { Prepared } from '../../kernels/kernel.ts';

/** Least nanoseconds a run over `tries` batches that last at least 1 ms each, after a warm-up of as many. */
export async function bestNs(prepared: Pick<Prepared, 'run' | 'sync'>, tries: number): Promise<number> {
  let batch = 1;
  let best = Number.POSITIVE_INFINITY;
  for (let i = -tries; i < tries; i++) {
    const start = performance.now();
    for (let k = 0; k < batch; k++) prepared.run();
    await prepared.sync?.();
    const ms = performance.now() - start;
    if (i < 0 && ms < 1) batch *= 2;
    if (i >= 0) best = Math.min(best, (ms * 1e6) / batch);
  }
  return best;
}
