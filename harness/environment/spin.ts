/** The clock of the core, seen from inside a process: counters are not to be had in most virtual machines. */

const STEPS = 20_000;
const TRIES = 40;
/** The first round of a process runs before the loop is optimised; others follow while they are much faster. */
const MOST_ROUNDS = 10;

/**
 * Nanoseconds of one step of a chain of integer multiplications, the least of 80 tries (about 2 ms): each step waits for
 * the one before it and touches no memory, so that the time is a fixed number of cycles. Two values say how much the core's
 * frequency has changed. **Bias:** a neighbour on the same physical core lengthens it too; being interrupted does not, as the
 * least counts.
 */
export function spinNs(): number {
  let best = round();
  for (let i = 1; i < MOST_ROUNDS; i++) {
    const before = best;
    best = Math.min(best, round());
    if (best > 0.8 * before) break;
  }
  return (best * 1e6) / STEPS;
}

/** Least milliseconds of the chain. */
function round(): number {
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < TRIES; i++) {
    const start = performance.now();
    sink = chain(sink | 1);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

let sink = 1;

function chain(start: number): number {
  let x = start;
  for (let i = 0; i < STEPS; i++) x = (Math.imul(x, 1664525) + 1013904223) | 0;
  return x;
}
