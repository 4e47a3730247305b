/**
 * The noise of cells that a browser of this machine measures, seen from the runner: what the hypervisor and a container's quota
 * took. Which of the other processes are the browser's own, and the clock of its cores, are not to be seen from here.
 */
import type { FromCell } from '../protocol.ts';
import { cpuTime, type ReadFile, throttledTime } from './linux.ts';
import { readSystem } from './machine.ts';
import { type Noise, noiseBetween, type Snapshot } from './noise.ts';

/** Adds it to the results among the messages of one page; it counts from where a cell's samples begin. */
export function watchFromOutside(
  onMessage: (message: FromCell) => void,
  read: ReadFile = readSystem,
): (message: FromCell) => void {
  let start: Snapshot | undefined;
  return (message) => {
    if (message.kind === 'step' && message.step === 'measuring') start = look(read);
    if (message.kind !== 'result' || !start) return onMessage(message);
    const { result } = message;
    const noise = { ...result.host.noise, ...taken(start, look(read)) };
    start = undefined;
    onMessage({ ...message, result: { ...result, host: { ...result.host, noise } } });
  };
}

function look(read: ReadFile): Snapshot {
  return {
    at: performance.now() / 1e3,
    own: 0,
    cpu: cpuTime(read),
    throttled: throttledTime(read),
    // No clock: that of this process says nothing about the core that measures.
    spinNs: Number.NaN,
  };
}

function taken(before: Snapshot, after: Snapshot): Noise {
  const { steal, throttled } = noiseBetween(before, after);
  return { ...(steal === undefined ? {} : { steal }), ...(throttled === undefined ? {} : { throttled }) };
}
