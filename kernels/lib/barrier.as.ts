/** Where the threads of one call meet (AssemblyScript). */

/**
 * Looks at the word before a thread sleeps: some 300 µs. Waking a sleeper of a virtual machine took 30 µs and more at each of 150 meetings a token:
 * with looks for 20 µs two threads were slower than one. While a pass runs, its threads have nothing else to do.
 */
const SPINS: i32 = 300000;

/**
 * Returns when all threads have called it. Three words at `gate`, zero at first: how many have come, how often all have, how many sleep.
 * Without shared memory there is one thread, and nothing to do.
 */
// @ts-ignore: decorator
@inline
export function barrier(gate: usize, threads: i32): void {
  if (ASC_FEATURE_THREADS) meet(gate, threads);
}

function meet(gate: usize, threads: i32): void {
  if (threads == 1) return;
  const before = atomic.load<i32>(gate, 4);
  if (atomic.add<i32>(gate, 1) == threads - 1) {
    atomic.store<i32>(gate, 0);
    atomic.add<i32>(gate, 1, 4);
    // Who goes to sleep says so first and then looks once more: either is seen here, or sees that all have come.
    if (atomic.load<i32>(gate, 8) > 0) atomic.notify(gate + 4, -1);
    return;
  }
  for (let i = 0; i < SPINS; i++) if (atomic.load<i32>(gate, 4) != before) return;
  atomic.add<i32>(gate, 1, 8);
  while (atomic.load<i32>(gate, 4) == before) atomic.wait<i32>(gate + 4, before, -1);
  atomic.sub<i32>(gate, 1, 8);
}
