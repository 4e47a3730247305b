import { defineVariant, type Host, type MakeTask, type Prepared } from '../kernel.ts';
import { sharedF32, workersVariant } from '../lib/js.ts';
import { firstOf } from '../lib/pool.ts';
import { projectBlocked, ROWS } from './blocked.ts';
import type { QkvInput, QkvShape } from './index.ts';
import { stacked } from './stacked.ts';

interface Data {
  x: Float32Array<SharedArrayBuffer>;
  w: Float32Array<SharedArrayBuffer>;
  out: Float32Array<SharedArrayBuffer>;
  T: number;
  C: number;
  R: number;
  stride: number;
  at: number;
}

/** One thread's share of the rows of w, in whole groups of four, so that only the last thread has rows left over. */
export const qkvTask: MakeTask<Data> =
  ({ x, w, out, R, ...place }) =>
  (thread, threads) => {
    const groups = Math.ceil(R / ROWS);
    const first = (part: number) => Math.min(firstOf(groups, part, threads) * ROWS, R);
    projectBlocked(x, w, out, place, first(thread), first(thread + 1));
  };

/** A task for each of several products that share input and output. */
async function inTurns(
  host: Host,
  { x }: QkvInput,
  { T, C, Q, G }: QkvShape,
  products: readonly { w: Float32Array; R: number; at: number }[],
): Promise<Prepared> {
  const stride = Q + 2 * G;
  const shared = { x: sharedF32(x), out: sharedF32(T * stride), T, C, stride };
  const parts: Prepared[] = [];
  for (const { w, R, at } of products) {
    const data: Data = { ...shared, w: sharedF32(w), R, at };
    parts.push(await workersVariant(host, import.meta.url, 'qkvTask', data));
  }
  return {
    ...parts[0]!,
    run: () => {
      for (const part of parts) part.run();
    },
    dispose: () => {
      for (const part of parts) part.dispose();
    },
  };
}

export const parallelSplit = defineVariant<QkvInput, QkvShape>({
  name: 'parallel-split',
  backend: 'workers',
  idea: 'the rows of each matrix shared among worker threads, four at a time: threads are woken and waited for three times',
  prepare: (input, shape, host) => {
    const { wq, wk, wv } = input;
    const { Q, G } = shape;
    return inTurns(host, input, shape, [
      { w: wq, R: Q, at: 0 },
      { w: wk, R: G, at: Q },
      { w: wv, R: G, at: Q + G },
    ]);
  },
});

export const parallel = defineVariant<QkvInput, QkvShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the rows of the stacked weights of `blocked` shared among worker threads: woken once',
  prepare: (input, shape, host) =>
    inTurns(host, input, shape, [{ w: stacked(input), R: shape.Q + 2 * shape.G, at: 0 }]),
});
