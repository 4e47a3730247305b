import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import { EPSILON } from './constants.ts';
import type { RmsnormInput, RmsnormShape } from './index.ts';

/** 2 KiB of float64, which stay in the first-level cache. */
const CHUNK = new Float64Array(256);

/** Each 256 elements are converted into a float64 array that is used again, and their squares summed there. */
export function rmsnormChunked(
  x: Float32Array,
  w: Float32Array,
  out: Float32Array,
  R: number,
  C: number,
  epsilon: number,
): void {
  for (let r = 0; r < R; r++) {
    const start = r * C;
    const end = start + C;
    let sum = 0;
    for (let from = start; from < end; from += CHUNK.length) {
      const chunk = x.subarray(from, Math.min(from + CHUNK.length, end));
      CHUNK.set(chunk);
      for (let i = 0; i < chunk.length; i++) sum += CHUNK[i]! * CHUNK[i]!;
    }
    const root = Math.sqrt(sum / C + epsilon);
    for (let c = 0; c < C; c++) out[start + c] = (x[start + c]! * w[c]!) / root;
  }
}

export const chunked = defineVariant<RmsnormInput, RmsnormShape>({
  name: 'chunked',
  backend: 'js',
  idea: 'the float64 copy in chunks, as array code avoids a whole one: 2 KiB instead of 16 bytes an element; a loop needs none, as a float32 that is loaded is a float64 already',
  ledger: ['S0-15'],
  prepare: ({ x, w }, { R, C }) => jsVariant(R * C, (out) => rmsnormChunked(x, w, out, R, C, EPSILON)),
});
