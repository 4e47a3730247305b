/** Readings that are repeated until they agree: what the compiler or a collection does once is in few of them. */
import { median } from '../stats/median.ts';

/** Trials in a row that have to agree. */
const AGREE = 3;
/** Then it is said that they do not. */
const MOST_TRIALS = 12;

export interface Settled {
  /** Median of the trials that agree; of all where none do. */
  readonly value: number;
  /** Where they do not agree: the least and the largest of them. */
  readonly range?: readonly [number, number];
}

/**
 * @param trial one reading, in bytes a call; two agree when they differ by no more than half a byte or 0.2 %
 * @param slack or by no more than this
 */
export async function settle(trial: () => number | Promise<number>, slack = 0.5): Promise<Settled> {
  const readings: number[] = [];
  while (readings.length < MOST_TRIALS) {
    readings.push(await trial());
    const last = readings.slice(-AGREE);
    const [low, high] = [Math.min(...last), Math.max(...last)];
    if (last.length === AGREE && high - low <= Math.max(0.5, slack, 0.002 * Math.abs(high))) {
      return { value: whole(median(last)) };
    }
  }
  return { value: whole(median(readings)), range: [Math.min(...readings), Math.max(...readings)] };
}

/** Whole bytes where it is one up to what a few bytes over many calls make of it; never −0. */
function whole(bytes: number): number {
  return Math.abs(bytes - Math.round(bytes)) < 0.05 ? Math.round(bytes) + 0 : bytes;
}
