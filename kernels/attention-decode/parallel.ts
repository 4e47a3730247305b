import type { AttentionInput } from '../attention/index.ts';
import { defineVariant, type MakeTask } from '../kernel.ts';
import { sharedF32, workersVariant } from '../lib/js.ts';
import { firstOf } from '../lib/pool.ts';
import { attendKeys, partLength } from './blocked.ts';
import type { DecodeShape } from './index.ts';

interface Data {
  q: Float32Array<SharedArrayBuffer>;
  k: Float32Array<SharedArrayBuffer>;
  v: Float32Array<SharedArrayBuffer>;
  out: Float32Array<SharedArrayBuffer>;
  /** `[threads, H, partLength]` */
  parts: Float64Array<SharedArrayBuffer>;
  /** How many threads have finished their part. */
  finished: Int32Array<SharedArrayBuffer>;
  shape: DecodeShape;
}

/** out[h] = Σ of the parts' sums ÷ Σ of their weights, each brought to the highest score of all. */
export function mergeParts(parts: Float64Array, n: number, out: Float32Array, { H, D }: DecodeShape): void {
  const length = partLength(D);
  for (let h = 0; h < H; h++) {
    let max = Number.NEGATIVE_INFINITY;
    for (let p = 0; p < n; p++) max = Math.max(max, parts[(p * H + h) * length + D]!);
    const shift = max === Number.NEGATIVE_INFINITY ? 0 : max;
    const sums = parts.subarray(h * length, h * length + D);
    let total = 0;
    for (let p = 0; p < n; p++) {
      const at = (p * H + h) * length;
      const factor = Math.exp(parts[at + D]! - shift);
      total += parts[at + D + 1]! * factor;
      if (p === 0) for (let d = 0; d < D; d++) sums[d]! *= factor;
      else for (let d = 0; d < D; d++) sums[d]! += parts[at + d]! * factor;
    }
    for (let d = 0; d < D; d++) out[h * D + d] = sums[d]! / total;
  }
}

/** One thread's keys of all heads. Whoever finishes last merges the parts: nobody waits for another. */
export const attendTask: MakeTask<Data> = ({ q, k, v, out, parts, finished, shape }) => {
  const { S, H, D } = shape;
  const scores = new Float64Array(S);
  const input = { q, k, v };
  return (thread, threads) => {
    const from = firstOf(S, thread, threads);
    const to = firstOf(S, thread + 1, threads);
    for (let h = 0; h < H; h++)
      attendKeys(input, parts, (thread * H + h) * partLength(D), shape, h, from, to, scores);
    if (Atomics.add(finished, 0, 1) === threads - 1) {
      Atomics.store(finished, 0, 0);
      mergeParts(parts, threads, out, shape);
    }
  };
};

export const parallel = defineVariant<AttentionInput, DecodeShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the keys of `blocked` cut up among worker threads, each with sums of its own; the last to finish merges them',
  prepare: ({ q, k, v }, shape, host) =>
    workersVariant<Data>(host, import.meta.url, 'attendTask', {
      q: sharedF32(q),
      k: sharedF32(k),
      v: sharedF32(v),
      out: sharedF32(shape.H * shape.D),
      parts: new Float64Array(new SharedArrayBuffer(8 * host.threads * shape.H * partLength(shape.D))),
      finished: new Int32Array(new SharedArrayBuffer(4)),
      shape,
    }),
});
