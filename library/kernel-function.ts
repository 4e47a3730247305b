/** A kernel as a plain function: the fastest variant that this engine runs, prepared once a shape. */

import type { ClosableHost } from '../harness/runtimes/host.ts';
import type { FloatArray, Host, Prepared, Shape, Variant } from '../kernels/kernel.ts';
import { unsupported } from '../kernels/lib/check.ts';
import { openHost } from './host.ts';

export interface KernelFunction<I, S extends Shape> {
  /**
   * The kernel's output for one input: float32, row-major, the caller's to keep. The input is only read.
   * @throws RangeError where an extent is no positive integer or an array has not the length that the shape asks for
   * @throws Error where the module cannot be loaded (a page that is offline)
   */
  (input: I, shape: S): Promise<Float32Array>;
  /** The same for a shape that is called often: ready once, then without waiting. */
  prepare(shape: S): Promise<Ready<I>>;
  /** Names of the variants that it chooses from, the fastest first. */
  readonly ranking: readonly string[];
}

/** A variant made ready for one shape. It holds its memory until `dispose`. */
export interface Ready<I> {
  /** Its name in the zoo: `simd`. */
  readonly variant: string;
  /** @throws RangeError where an array has not the length that the shape asks for; Error after `dispose` */
  run(input: I): Float32Array;
  dispose(): void;
}

/** What a function needs to know beside its variants. */
export interface Definition<I, S extends Shape> {
  readonly name: string;
  /** Fastest first. Threaded ones are passed over where there are no threads; the last one runs everywhere. */
  readonly ranking: readonly Variant<I, S>[];
  /** Keys of the shape that are sizes. */
  readonly extents: readonly (keyof S & string)[];
  /** Elements of each array of the input; `''` for an input that is the array itself. */
  arrays(shape: S): Readonly<Record<string, number>>;
  /** An input of zeros, from what `arrays` gives. */
  blank(lengths: Readonly<Record<string, number>>): I;
  /** Throws where sizes are right and the shape is not. */
  check?(shape: S): void;
  /** About what one thread takes, in nanoseconds, as `simd` was measured with two cores of a Xeon; 0 where it cannot be shared. */
  alone(shape: S): number;
}

/** Waking a thread that sleeps costs up to 50 µs: from twice as much work on, sharing it is faster. */
export const WORTH_THREADS_NS = 100_000;

/** Shapes, of all functions together, whose memory is kept; with one more, all that are not in use are given back. */
export const MOST_SHAPES = 16;

interface Kept {
  readonly ready: Promise<Ready<unknown>>;
  users: number;
  dropped: boolean;
}

const kept = new Map<string, Kept>();
/** Whose threads are gone: a call that waited for them would wait for ever. */
const closed = new WeakSet<Host>();
/** Calls that wait for what they need, which must not be closed under them. */
const waiting = new Set<Promise<unknown>>();
let threads = 1;
let host: Promise<ClosableHost<Host['gpu']>> | undefined;

/**
 * Lets the functions use so many threads, the calling one included, from now on; 1, as at the start: none but that one. Threads
 * keep a process from ending until {@link release}.
 * @throws Error in a page, whose main thread must not wait, and where the package was bundled into another file
 */
export async function useThreads(count: number): Promise<void> {
  if (!Number.isSafeInteger(count) || count < 1)
    throw new RangeError(`useThreads: ${count} is no number of threads`);
  const opened = openHost(count);
  await opened;
  await release();
  threads = count;
  host = opened;
}

/**
 * Gives back what is kept for shapes, and ends the threads, when the calls that were made have their results. Functions work on
 * after it, on one thread; what is {@link Ready} does not.
 */
export async function release(): Promise<void> {
  dropAll();
  const closing = host;
  host = undefined;
  threads = 1;
  await Promise.allSettled(waiting);
  const opened = await closing;
  if (!opened) return;
  closed.add(opened);
  await opened.close();
}

async function waitedFor<T>(work: Promise<T>): Promise<T> {
  waiting.add(work);
  try {
    return await work;
  } finally {
    waiting.delete(work);
  }
}

export function kernelFunction<I, S extends Shape>(definition: Definition<I, S>): KernelFunction<I, S> {
  const { name, ranking } = definition;
  const call = async (input: I, shape: S): Promise<Float32Array> => {
    checkShape(definition, shape);
    checkInput(definition, input, shape);
    const key = JSON.stringify([name, Object.entries(shape).sort()]);
    const entry = kept.get(key) ?? keep(key, prepareShape(definition, shape));
    entry.users++;
    try {
      return ((await entry.ready) as Ready<I>).run(input);
    } finally {
      entry.users--;
      if (entry.dropped && entry.users === 0) dispose(entry);
    }
  };
  return Object.assign((input: I, shape: S) => waitedFor(call(input, shape)), {
    async prepare(shape: S) {
      checkShape(definition, shape);
      return waitedFor(prepareShape(definition, shape));
    },
    ranking: ranking.map((variant) => variant.name),
  });
}

function keep(key: string, ready: Promise<Ready<unknown>>): Kept {
  if (kept.size >= MOST_SHAPES) dropAll();
  const entry = { ready, users: 0, dropped: false };
  kept.set(key, entry);
  // What failed is tried again at the next call.
  ready.catch(() => kept.get(key) === entry && kept.delete(key));
  return entry;
}

/** What is in use is given back when it no longer is. */
function dropAll(): void {
  for (const entry of kept.values()) {
    entry.dropped = true;
    if (entry.users === 0) dispose(entry);
  }
  kept.clear();
}

function dispose({ ready }: Kept): void {
  ready.then(
    (made) => made.dispose(),
    () => {},
  );
}

async function prepareShape<I, S extends Shape>(definition: Definition<I, S>, shape: S): Promise<Ready<I>> {
  host ??= openHost(threads);
  const offered = await host;
  const variant = choose(definition, shape, offered);
  const input = definition.blank(definition.arrays(shape));
  let prepared: Prepared<I> | undefined = await variant.prepare(input, shape, offered);
  return {
    variant: variant.name,
    run(next) {
      if (!prepared) throw new Error(`${definition.name}: run after dispose`);
      if (closed.has(offered)) throw new Error(`${definition.name}: run after release`);
      checkInput(definition, next, shape);
      if (prepared.write) {
        prepared.write(next);
        prepared.run();
        return output(prepared);
      }
      // Plain JavaScript reads its input where it lies: made ready at once.
      const once = variant.prepare(next, shape, offered) as Prepared<I>;
      once.run();
      return output(once);
    },
    dispose() {
      prepared?.dispose();
      prepared = undefined;
    },
  };
}

function output(prepared: Prepared): Float32Array {
  return prepared.read() as FloatArray as Float32Array;
}

/** The first of the ranking that runs here. */
function choose<I, S extends Shape>(definition: Definition<I, S>, shape: S, offered: Host): Variant<I, S> {
  const { name, ranking, alone } = definition;
  for (const variant of ranking) {
    const threaded = variant.backend === 'wasm-threads' || variant.backend === 'workers';
    if (threaded && (offered.threads === 1 || alone(shape) < WORTH_THREADS_NS)) continue;
    if (unsupported(variant as Variant, shape, offered) === undefined) return variant;
  }
  throw new Error(`${name}: no variant runs in ${offered.runtime}`);
}

function checkShape<I, S extends Shape>({ name, extents, check }: Definition<I, S>, shape: S): void {
  for (const key of extents) {
    const size = shape[key];
    if (!Number.isSafeInteger(size) || (size as number) < 1)
      throw new RangeError(`${name}: ${key} = ${size} is no positive integer`);
  }
  check?.(shape);
}

function checkInput<I, S extends Shape>({ name, arrays }: Definition<I, S>, input: I, shape: S): void {
  for (const [key, length] of Object.entries(arrays(shape))) {
    const array = (key === '' ? input : (input as Record<string, unknown>)[key]) as
      | Partial<Float32Array>
      | undefined;
    const what = key === '' ? 'the input' : key;
    if (!ArrayBuffer.isView(array)) throw new RangeError(`${name}: ${what} is no typed array`);
    if (array.length !== length)
      throw new RangeError(`${name}: ${what} has ${array.length} elements, and the shape asks for ${length}`);
  }
}
