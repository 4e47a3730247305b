/** Adds the noise of each cell to its result, in the process that measures. */
import type { FromCell } from '../protocol.ts';
import { readSystem } from './machine.ts';
import { type Snapshot, since, snapshot } from './noise.ts';
import { spinNs } from './spin.ts';

/** The clock alone, for the start of a run. */
export function clockNow(): { spinNs: number } {
  return { spinNs: spinNs() };
}

/**
 * Wraps `send`: what a cell's noise counts from is its step "measuring", behind the checks, and before that its first step; it
 * ends at the step behind that.
 * Costs about 2 ms at each end, outside what is timed.
 */
export function watch(send: (message: FromCell) => void): (message: FromCell) => void {
  // The loop is optimised in the background: by the first cell it is.
  spinNs();
  let cell = -1;
  let measuring = false;
  let start: Snapshot | undefined;
  let noise: ReturnType<typeof since> | undefined;
  return (message) => {
    if (message.kind === 'step' && (message.cell !== cell || (message.step === 'measuring' && !measuring))) {
      cell = message.cell;
      measuring = message.step === 'measuring';
      start = snapshot(readSystem);
      noise = undefined;
    }
    // Behind the samples: counting bytes starts a process of its own, which is no noise.
    if (message.kind === 'step' && measuring && message.step !== 'measuring' && start) {
      noise ??= since(start, readSystem);
    }
    if (message.kind !== 'result' || !start || message.cell !== cell) return send(message);
    const { result } = message;
    const all = { ...result.host.noise, ...(noise ?? since(start, readSystem)) };
    send({ ...message, result: { ...result, host: { ...result.host, noise: all } } });
  };
}
