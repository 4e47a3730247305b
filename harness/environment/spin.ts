/** The clock of the core, seen from inside a process: counters are not to be had in most virtual machines. */

const STEPS = 20_000;
/** The first tries run before the loop is optimised. */
const TRIES = 60;

/**
 * Nanoseconds of one step of a chain of integer multiplications, the least of 60 tries (about 2 ms): each step waits for
 * the one before it and touches no memory, so that the time is a fixed number of cycles. Two values say how much the core's
 * frequency has changed. **Bias:** a neighbour on the same physical core lengthens it too; being interrupted does not, as the
 * least counts.
 */
export function spinNs(): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TRIES; i++) {
    const start = performance.now();
    sink = chain(sink | 1);
    best = Math.min(best, performance.now() - start);
  }
  return (best * 1e6) / STEPS;
}

let sink = 1;

function chain(start: number): number {
  let x = start;
  for (let i = 0; i < STEPS; i++) x = (Math.imul(x, 1664525) + 1013904223) | 0;
  return x;
}
