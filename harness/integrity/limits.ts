/** Is a cell faster than the machine can be? Then it did not do the work. */
import type { Peaks } from '../roofline/peaks.ts';
import { readPeak } from '../roofline/peaks.ts';

/**
 * The peak of multiply-adds is measured, not known: a neighbour on the machine may have halved it. Nothing honest is
 * above 1 (see docs/method.md), so that 2 accuses nobody.
 */
const COMPUTE = 2;
/**
 * The read peak is that of 128-bit WASM loads. Native copies (`set`, `slice`) use registers of up to 512 bits, and load
 * and store in one cycle what `work` counts twice: 4 × 2.
 */
const MEMORY = 8;

export interface Excess {
  /** Of the peak. */
  readonly times: number;
  readonly bound: 'compute' | 'memory';
}

/** @param flops that the variant says it does, in `ns` nanoseconds */
export function excess(
  peaks: Peaks,
  work: { readonly flops: number; readonly bytes: number },
  ns: number,
): Excess | undefined {
  const compute = work.flops / ns / peaks.gflops;
  if (compute > COMPUTE) return { times: compute, bound: 'compute' };
  const memory = work.bytes / ns / readPeak(peaks, work.bytes);
  return memory > MEMORY ? { times: memory, bound: 'memory' } : undefined;
}
