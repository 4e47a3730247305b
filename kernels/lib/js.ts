import type { Host, Prepared } from '../kernel.ts';

/** A plain JavaScript variant: `loop` fills `out`. */
export function jsVariant(length: number, loop: (out: Float32Array) => void): Prepared {
  const out = new Float32Array(length).fill(Number.NaN);
  return {
    run: () => loop(out),
    read: () => out.slice(),
    poison: (value) => out.fill(value),
    dispose: () => {},
  };
}

/** A float32 array that workers can see: a copy of the content, or `n` elements filled with NaN. */
export function sharedF32(content: number | ArrayLike<number>): Float32Array<SharedArrayBuffer> {
  const length = typeof content === 'number' ? content : content.length;
  const array = new Float32Array(new SharedArrayBuffer(length * 4));
  if (typeof content === 'number') array.fill(Number.NaN);
  else array.set(content);
  return array;
}

/**
 * A JavaScript loop over every thread of the pool.
 * @param module `import.meta.url` of the file that exports the task
 * @param make name of the exported task; its data holds `out` and whatever else it needs, in shared memory
 */
export async function workersVariant<D extends { out: Float32Array<SharedArrayBuffer> }>(
  host: Host,
  module: string,
  make: string,
  data: D,
): Promise<Prepared> {
  const pool = await host.pool();
  const task = await pool.task({ module, make, data });
  return {
    run: () => task.run(),
    read: () => Float32Array.from(data.out),
    poison: (value) => data.out.fill(value),
    dispose: () => task.dispose(),
  };
}
