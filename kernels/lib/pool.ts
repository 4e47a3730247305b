/**
 * A persistent pool of worker threads. The calling thread takes part, hands work over through a shared control block
 * and waits with Atomics, so that a dispatch costs microseconds and allocates nothing.
 */
import type { MakeTask, PartialRun, Pool, Task, TaskSpec } from '../kernel.ts';

/** What the pool needs of a worker thread or Web Worker that has called {@link servePool}. */
export interface PoolWorker {
  post(message: ToWorker): void;
  onMessage(listener: (message: FromWorker) => void): void;
  /** The worker died; it answers nothing any more. */
  onError(listener: (error: Error) => void): void;
  close(): Promise<void>;
}

export type ToWorker =
  | { kind: 'start'; thread: number; threads: number; control: SharedArrayBuffer }
  | { kind: 'make'; id: number; spec: TaskSpec<unknown>; dropped: number[] };
export type FromWorker = { kind: 'made'; id: number; error?: string };

// Words of the control block.
const GENERATION = 0; // goes up once per command; workers wait on it
const PENDING = 1; // workers that have not finished the command; the caller waits on it
const COMMAND = 2; // id of the task to run, or YIELD
const ERROR_LENGTH = 3; // bytes of the error text that follows, 0 when nothing was thrown
const WORDS = 4;
const ERROR_BYTES = 1024;

/** Command: leave the wait loop and read messages. */
const YIELD = -1;

/**
 * Loads of the word before a thread goes to sleep: about 20 µs. Waking a sleeper costs 5 to 50 µs, more than many
 * kernels take; spinning for longer would steal a core from others on a small machine.
 */
const SPINS = 10_000;

/** Waits until `control[word]` is no longer `value`. */
function waitWhile(control: Int32Array, word: number, value: number): void {
  for (let i = 0; i < SPINS; i++) if (Atomics.load(control, word) !== value) return;
  while (Atomics.load(control, word) === value) Atomics.wait(control, word, value);
}

async function makePart(spec: TaskSpec<unknown>): Promise<PartialRun> {
  const module = (await import(/* @vite-ignore */ spec.module)) as Record<string, MakeTask<unknown>>;
  const make = module[spec.make];
  if (!make) throw new Error(`${spec.module} has no export "${spec.make}"`);
  return make(spec.data);
}

/**
 * Starts `threads − 1` workers.
 * @throws where a worker cannot be started
 */
export function createPool(threads: number, spawn: () => PoolWorker): Pool {
  const buffer = new SharedArrayBuffer(WORDS * 4 + ERROR_BYTES);
  const control = new Int32Array(buffer, 0, WORDS);
  const errorText = new Uint8Array(buffer, WORDS * 4);
  const waiting = new Set<(error: Error) => void>();
  let died: Error | undefined;
  const workers = Array.from({ length: threads - 1 }, (_, i) => {
    const worker = spawn();
    worker.onError((error) => {
      died ??= new Error(`a worker of the pool died: ${error.message}`);
      for (const reject of waiting) reject(died);
    });
    worker.post({ kind: 'start', thread: i + 1, threads, control: buffer });
    return worker;
  });
  const replies = new Map<number, (message: FromWorker) => void>();
  for (const worker of workers) worker.onMessage((message) => replies.get(message.id)?.(message));

  let nextId = 0;
  let dropped: number[] = [];
  let looping = false; // whether the workers are in their wait loop
  let queue: Promise<unknown> = Promise.resolve();

  const command = (what: number): void => {
    Atomics.store(control, COMMAND, what);
    Atomics.store(control, PENDING, workers.length);
    Atomics.add(control, GENERATION, 1);
    Atomics.notify(control, GENERATION);
  };

  const make = async (spec: TaskSpec<unknown>): Promise<Task> => {
    if (died) throw died;
    const id = nextId++;
    if (looping) command(YIELD);
    looping = false;
    const made = new Promise<void>((resolve, reject) => {
      let left = workers.length;
      let failed: Error | undefined;
      waiting.add(reject);
      const finish = () => {
        replies.delete(id);
        waiting.delete(reject);
        failed ? reject(failed) : resolve();
      };
      replies.set(id, ({ error }) => {
        if (error !== undefined) failed ??= new Error(error);
        if (--left === 0) finish();
      });
      for (const worker of workers) worker.post({ kind: 'make', id, spec, dropped });
      if (left === 0) finish();
    });
    dropped = [];
    try {
      await made;
    } finally {
      // Having answered, they wait for commands again, also when they could not make the task.
      looping = died === undefined;
    }
    const part = await makePart(spec);
    return {
      run() {
        command(id);
        part(0, threads);
        let pending = Atomics.load(control, PENDING);
        while (pending !== 0) {
          waitWhile(control, PENDING, pending);
          pending = Atomics.load(control, PENDING);
        }
        const length = Atomics.load(control, ERROR_LENGTH);
        if (length !== 0) {
          Atomics.store(control, ERROR_LENGTH, 0);
          throw new Error(new TextDecoder().decode(errorText.slice(0, length)));
        }
      },
      dispose() {
        dropped.push(id);
      },
    };
  };

  return {
    threads,
    task(spec) {
      // One at a time: a worker reads one message between two stays in its loop.
      const task = queue.then(() => make(spec as TaskSpec<unknown>));
      queue = task.catch(() => undefined);
      return task;
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}

/** The worker's side: answers messages, and between them runs commands from the control block. */
export function servePool(
  post: (message: FromWorker) => void,
  onMessage: (listener: (message: ToWorker) => void) => void,
): void {
  const parts = new Map<number, PartialRun>();
  let control: Int32Array = new Int32Array(WORDS);
  let errorText: Uint8Array = new Uint8Array(0);
  let thread = 0;
  let threads = 1;
  let seen = 0;

  const loop = (): void => {
    for (;;) {
      waitWhile(control, GENERATION, seen);
      seen = Atomics.load(control, GENERATION);
      const what = Atomics.load(control, COMMAND);
      if (what === YIELD) return;
      try {
        parts.get(what)!(thread, threads);
      } catch (error) {
        const text = new TextEncoder().encode(String(error)).subarray(0, ERROR_BYTES);
        errorText.set(text);
        Atomics.store(control, ERROR_LENGTH, text.length);
      }
      if (Atomics.sub(control, PENDING, 1) === 1) Atomics.notify(control, PENDING);
    }
  };

  onMessage(async (message) => {
    if (message.kind === 'start') {
      control = new Int32Array(message.control, 0, WORDS);
      errorText = new Uint8Array(message.control, WORDS * 4);
      ({ thread, threads } = message);
      return;
    }
    for (const id of message.dropped) parts.delete(id);
    try {
      parts.set(message.id, await makePart(message.spec));
      post({ kind: 'made', id: message.id });
    } catch (error) {
      // A part that is missing must not be called: the caller gets no task for this id.
      post({ kind: 'made', id: message.id, error: String(error) });
    }
    loop();
  });
}

/**
 * First item of part `part` of `parts` of `n` items: part i is [firstOf(i), firstOf(i + 1)), sizes differ by at most one, and
 * may be 0. Not a pair: a task that runs once a call is not optimised soon, and taking the pair apart allocated 208 bytes.
 */
export function firstOf(n: number, part: number, parts: number): number {
  return Math.floor((n * part) / parts);
}
