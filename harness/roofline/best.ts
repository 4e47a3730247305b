import type { Prepared } from '../../kernels/kernel.ts';
import { clockStepMs } from '../clock.ts';

/** Steps of the clock that a batch lasts at least: its time is known to 5 %. */
const CLOCK_STEPS = 20;

/** Least nanoseconds a run over `tries` batches that last at least 1 ms each, after a warm-up of as many. */
export async function bestNs(prepared: Pick<Prepared, 'run' | 'sync'>, tries: number): Promise<number> {
  const shortestMs = Math.max(1, CLOCK_STEPS * clockStepMs());
  let batch = 1;
  let best = Number.POSITIVE_INFINITY;
  for (let i = -tries; i < tries; i++) {
    const start = performance.now();
    for (let k = 0; k < batch; k++) prepared.run();
    await prepared.sync?.();
    const ms = performance.now() - start;
    if (i < 0 && ms < shortestMs) batch *= 2;
    if (i >= 0) best = Math.min(best, (ms * 1e6) / batch);
  }
  return best;
}
