/** A kernel as a plain function: the fastest variant that this engine runs, prepared once a shape. */

import type { ClosableHost } from '../harness/runtimes/host.ts';
import type { FloatArray, Host, Prepared, Shape, Variant } from '../kernels/kernel.ts';
import { unsupported } from '../kernels/lib/check.ts';
import { openHost } from './host.ts';

/**
 * @typeParam W arrays of the input that a caller may keep for many calls
 * @typeParam O what it gives
 */
export interface KernelFunction<I, S extends Shape, W extends keyof I = never, O = Float32Array> {
  /**
   * The kernel's output for one input: row-major, the caller's to keep. The input is only read.
   * @throws RangeError where an extent is no positive integer, a shape cannot be, an array has not the length that the shape asks
   * for, or holds what would be read out of bounds
   * @throws Error where the module cannot be loaded (a page that is offline)
   */
  (input: I, shape: S): Promise<O>;
  /** The same for a shape that is called often: ready once, then without waiting. */
  prepare(shape: S): Promise<Ready<I, O>>;
  /**
   * And for weights that do not change: they are copied, and stored in the order that the variant reads, once. What is given here is
   * left out of each `run`.
   */
  prepare<K extends W>(shape: S, weights: Pick<I, K>): Promise<Ready<Omit<I, K>, O>>;
  /** Names of the variants that it chooses from, the fastest first. */
  readonly ranking: readonly string[];
}

/** A variant made ready for one shape. It holds its memory until `dispose`. */
export interface Ready<I, O = Float32Array> {
  /** Its name in the zoo: `simd`. */
  readonly variant: string;
  /** @throws RangeError as the function does; Error after `dispose` */
  run(input: I): O;
  dispose(): void;
}

type ArrayType = new (length: number) => ArrayBufferView;

/** What a function needs to know beside its variants. */
export interface Definition<I, S extends Shape, W extends keyof I = never, O = Float32Array> {
  readonly name: string;
  /** Fastest first. Threaded ones are passed over where there are no threads; the last one runs everywhere. */
  readonly ranking: readonly Variant<I, S>[];
  /** Keys of the shape that are sizes. */
  readonly extents: readonly (keyof S & string)[];
  /** Elements of each array of the input; `''` for an input that is the array itself. */
  arrays(shape: S): Readonly<Record<string, number>>;
  /** Of those that are not of float32. */
  readonly types?: Readonly<Record<string, ArrayType>>;
  /** Arrays that a caller may keep: the variants hand them on as they come. */
  readonly weights?: readonly W[];
  /** What an input has beside its arrays. */
  readonly others?: Partial<I>;
  /** Throws where sizes are right and the shape is not. */
  check?(shape: S): void;
  /** Throws where lengths are right and an element is not: an index outside its table. */
  checkElements?(input: Partial<I>, shape: S): void;
  /** About what one thread takes, in nanoseconds, as `simd` was measured (docs/kernels); 0 where it cannot be shared. */
  alone(shape: S): number;
  /** Of what a variant gives; default: float32 as it is. */
  result?(values: FloatArray, shape: S): O;
}

/** Waking a thread that sleeps costs up to 50 µs: from twice as much work on, sharing it is faster. */
export const WORTH_THREADS_NS = 100_000;

/** Shapes, of all functions together, whose memory is kept; with one more, all that are not in use are given back. */
export const MOST_SHAPES = 16;

interface Kept {
  readonly ready: Promise<Ready<unknown, unknown>>;
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

export function kernelFunction<I, S extends Shape, W extends keyof I = never, O = Float32Array>(
  definition: Definition<I, S, W, O>,
): KernelFunction<I, S, W, O> {
  const { name, ranking } = definition;
  const call = async (input: I, shape: S): Promise<O> => {
    checkShape(definition, shape);
    checkInput(definition, input, shape);
    const key = JSON.stringify([name, Object.entries(shape).sort()]);
    const entry = kept.get(key) ?? keep(key, prepareShape(definition, shape));
    entry.users++;
    try {
      return ((await entry.ready) as Ready<I, O>).run(input);
    } finally {
      entry.users--;
      if (entry.dropped && entry.users === 0) dispose(entry);
    }
  };
  return Object.assign((input: I, shape: S) => waitedFor(call(input, shape)), {
    async prepare(shape: S, weights?: Partial<I>) {
      checkShape(definition, shape);
      for (const key of Object.keys(weights ?? {}))
        if (!definition.weights?.includes(key as W)) throw new RangeError(`${name}: ${key} cannot be kept`);
      if (weights) checkInput(definition, weights, shape, Object.keys(weights));
      return waitedFor(prepareShape(definition, shape, weights));
    },
    ranking: ranking.map((variant) => variant.name),
  }) as KernelFunction<I, S, W, O>;
}

function keep(key: string, ready: Promise<Ready<unknown, unknown>>): Kept {
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

async function prepareShape<I, S extends Shape, W extends keyof I, O>(
  definition: Definition<I, S, W, O>,
  shape: S,
  weights?: Partial<I>,
): Promise<Ready<Partial<I>, O>> {
  host ??= openHost(threads);
  const offered = await host;
  const variant = choose(definition, shape, offered);
  const zeros = blank(definition, shape);
  const first = weights ? { ...zeros, ...weights } : zeros;
  let prepared: Prepared<I> | undefined = await variant.prepare(first, shape, offered);
  // Plain JavaScript reads its input where it lies.
  const own = prepared.write ? undefined : copyOf(weights);
  const asked = Object.keys(definition.arrays(shape)).filter((key) => !weights || !(key in weights));
  const { result = (values: FloatArray) => values as O } = definition;
  return {
    variant: variant.name,
    run(next) {
      if (!prepared) throw new Error(`${definition.name}: run after dispose`);
      if (closed.has(offered)) throw new Error(`${definition.name}: run after release`);
      checkInput(definition, next, shape, asked);
      let made: Prepared = prepared;
      if (prepared.write) prepared.write(next);
      else made = variant.prepare(own ? { ...(next as I), ...own } : (next as I), shape, offered) as Prepared;
      made.run();
      return result(made.read() as FloatArray, shape);
    },
    dispose() {
      prepared?.dispose();
      prepared = undefined;
    },
  };
}

/** What the functions below need; of any function. */
type Known<I, S extends Shape> = Definition<I, S, keyof I, unknown>;

/** An input of zeros. */
function blank<I, S extends Shape>({ arrays, types = {}, others }: Known<I, S>, shape: S): I {
  const zeros = Object.entries(arrays(shape)).map(
    ([key, length]) => [key, new (types[key] ?? Float32Array)(length)] as const,
  );
  const [only] = zeros;
  return (only?.[0] === '' ? only[1] : { ...Object.fromEntries(zeros), ...others }) as I;
}

function copyOf<I>(arrays: Partial<I> | undefined): Partial<I> | undefined {
  if (!arrays) return undefined;
  const entries = Object.entries(arrays).map(([key, array]) => [key, (array as Float32Array).slice()]);
  return Object.fromEntries(entries) as Partial<I>;
}

/** The first of the ranking that runs here. */
function choose<I, S extends Shape>(definition: Known<I, S>, shape: S, offered: Host): Variant<I, S> {
  const { name, ranking, alone } = definition;
  for (const variant of ranking) {
    const threaded = variant.backend === 'wasm-threads' || variant.backend === 'workers';
    if (threaded && (offered.threads === 1 || alone(shape) < WORTH_THREADS_NS)) continue;
    if (unsupported(variant as Variant, shape, offered) === undefined) return variant;
  }
  throw new Error(`${name}: no variant runs in ${offered.runtime}`);
}

function checkShape<I, S extends Shape>({ name, extents, check }: Known<I, S>, shape: S): void {
  for (const key of extents) {
    const size = shape[key];
    if (!Number.isSafeInteger(size) || (size as number) < 1)
      throw new RangeError(`${name}: ${key} = ${size} is no positive integer`);
  }
  check?.(shape);
}

/** @param asked keys of the arrays that must be there; default: all */
function checkInput<I, S extends Shape>(
  { name, arrays, checkElements }: Known<I, S>,
  input: Partial<I>,
  shape: S,
  asked?: readonly string[],
): void {
  for (const [key, length] of Object.entries(arrays(shape))) {
    if (asked && !asked.includes(key)) continue;
    const array = (key === '' ? input : (input as Record<string, unknown>)[key]) as
      | Partial<Float32Array>
      | undefined;
    const what = key === '' ? 'the input' : key;
    if (!ArrayBuffer.isView(array)) throw new RangeError(`${name}: ${what} is no typed array`);
    if (array.length !== length)
      throw new RangeError(`${name}: ${what} has ${array.length} elements, and the shape asks for ${length}`);
  }
  checkElements?.(input, shape);
}

/** @throws RangeError where one of `indices` is outside a table of `length` */
export function checkIndices(
  name: string,
  key: string,
  indices: Int32Array | undefined,
  length: number,
): void {
  for (const index of indices ?? [])
    if (!(index >= 0 && index < length))
      throw new RangeError(`${name}: ${key} has ${index}, and there are ${length}`);
}
