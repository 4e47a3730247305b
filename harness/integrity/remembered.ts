/** By what does a variant that remembers its output know an input again? Asked once it is known that it does. */
import type { Prepared } from '../../kernels/kernel.ts';
import { guarded } from '../../kernels/lib/guard.ts';
import { now } from '../clock.ts';
import { median } from '../stats/median.ts';

/** New inputs that are tried; the verdict stands already, this words its reason. */
const TRIES = 5;

/** Arrays of its own; a model, which is no part of what changes from input to input, stays the same. */
const copyOf = <I>(input: I) => guarded(input).input as I;

export interface Inputs<I> {
  /** Never the same twice. */
  fresh(): Promise<I>;
  prepare(input: I): Promise<Prepared>;
}

/**
 * Prepares the same input again, an equal one, and an equal one after another, and looks which first calls are as fast as a
 * repeated one.
 */
export async function howRemembered<I>({ fresh, prepare }: Inputs<I>): Promise<string> {
  const times = { first: [], again: [], same: [], equal: [], later: [] } as Record<string, number[]>;
  const open: Prepared[] = [];
  const time = async (kind: string, prepared: Prepared) => {
    const start = now();
    prepared.run();
    await prepared.sync?.();
    times[kind]!.push(now() - start);
  };
  const firstCall = async (kind: string, input: I) => {
    const prepared = await prepare(input);
    open.push(prepared);
    await time(kind, prepared);
    return prepared;
  };
  try {
    for (let i = 0; i < TRIES; i++) {
      const input = await fresh();
      const copies = [copyOf(input), copyOf(input)] as const;
      await time('again', await firstCall('first', input));
      await firstCall('same', input);
      await firstCall('equal', copies[0]);
      (await firstCall('first', await fresh())).run();
      await firstCall('later', copies[1]);
    }
  } finally {
    // The latest first: the arena takes regions back in that order.
    for (const prepared of open.reverse()) prepared.dispose();
  }
  const of = (kind: string) => Math.max(median(times[kind]!), 1e-6);
  // Nearer, by ratio, to a call that repeats than to a first one.
  const isKnown = (kind: string) => of(kind) ** 2 < of('first') * of('again');
  if (isKnown('equal'))
    return isKnown('later')
      ? 'remembers its output by the content of its input'
      : 'remembers the output of its latest input';
  if (isKnown('same')) return 'remembers its output by the identity of its input';
  return 'skips its work when its input repeats, or has code compiled that each prepare makes anew';
}
