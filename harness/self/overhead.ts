/**
 * What the harness itself costs, as a kernel of the `self` suite: its "error" is what is claimed to be small, so that a
 * harness that becomes slower or allocates is a wrong result like any other. Measured when a variant is prepared, in the
 * process that measures; the timed call of each variant is the empty function.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { defineKernel, defineVariant, type Prepared } from '../../kernels/kernel.ts';
import { measureBytes } from '../memory/node.ts';
import { median } from '../stats/median.ts';
import { oneWindow } from '../timing/batch.ts';
import { timeFunction } from '../timing/sample.ts';

type Shape = { readonly N: number };

/** The published harness with the smallest overhead that is known, and its version that the bound is stated for. */
const MITATA = 'mitata@1.0.34';

/** Both harnesses in turns, so that a slow moment falls on both; the median of the differences counts. */
const ROUNDS = 5;

function prepared(value: number): Prepared {
  return { run() {}, read: () => Float64Array.of(value), dispose() {} };
}

/** Nanoseconds that this harness reads for an empty call above what mitata reads; 0 where it reads less. */
async function aboveMitata(): Promise<number> {
  const { measure } = (await import(pathToFileURL(findMitata()!).href)) as {
    measure(run: () => void, options: { min_cpu_time: number }): Promise<{ p50: number }>;
  };
  const differences: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const ours = await timeFunction(() => {});
    const theirs = await measure(() => {}, { min_cpu_time: 50e6 });
    differences.push(ours - theirs.p50);
  }
  return Math.max(0, median(differences));
}

function findMitata(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('mitata');
  } catch {
    return undefined;
  }
}

/** Windows that are warmed and measured before what the last one allocates counts. */
const TRIES = 8;
const WARM_MS = 100;

/**
 * Bytes on the heap and outside it that one timed batch of an empty call allocates: clock, loop and calls. In optimised
 * code, in which samples are taken: an interpreter allocates every number, and on a busy machine the compiler, which works
 * in the background, may come late.
 */
async function windowBytes(): Promise<number> {
  let bytes = Number.NaN;
  for (let i = 0; i < TRIES && bytes !== 0; i++) {
    // A loop of its own each time: one that stays in a lower tier would stay there for all tries.
    const run = oneWindow(() => {}, 1000);
    const end = performance.now() + WARM_MS;
    while (performance.now() < end) run();
    const { heapBytesPerOp, externalBytesPerOp } = await measureBytes({ ...prepared(0), run }, 1000);
    bytes = (heapBytesPerOp ?? Number.NaN) + (externalBytesPerOp ?? Number.NaN);
  }
  return bytes;
}

/** Measured once in a process: the harness prepares a variant many times. */
function once(measure: () => Promise<number>): () => Promise<number> {
  let value: Promise<number> | undefined;
  return () => {
    value ??= measure();
    return value;
  };
}
const nsAboveMitata = once(aboveMitata);
const bytesOfWindow = once(windowBytes);

export default defineKernel<null, Shape>({
  name: 'self',
  formula: 'cost of measuring N empty calls',
  cases: [{ shape: { N: 1 }, from: 'an empty function' }],
  inputs: () => null,
  reference: () => ({ values: Float64Array.of(0) }),
  tolerance: { metric: 'abs', bound: 0, why: 'nothing is computed' },
  work: () => ({ flops: 0, bytes: 0 }),
  variants: [
    defineVariant<null, Shape>({
      name: 'noop',
      backend: 'js',
      idea: 'an empty function, measured as any kernel is',
      prepare: () => prepared(0),
    }),
    defineVariant<null, Shape>({
      name: 'noop-above-mitata',
      backend: 'peer',
      idea: `its error: nanoseconds that this harness reads for an empty call above what ${MITATA} reads in the same process`,
      tolerance: { metric: 'abs', bound: 0.5, why: 'ns a call: two cycles of a processor at 4 GHz' },
      unsupported: () =>
        findMitata() ? undefined : `${MITATA} is not installed: npm install --no-save ${MITATA}`,
      prepare: async () => prepared(await nsAboveMitata()),
    }),
    defineVariant<null, Shape>({
      name: 'window-bytes',
      backend: 'js',
      idea: 'its error: bytes that the harness allocates while a batch is timed',
      unsupported: () => (globalThis.gc ? undefined : 'this runtime does not let itself be collected (gc)'),
      prepare: async () => prepared(await bytesOfWindow()),
    }),
  ],
});
