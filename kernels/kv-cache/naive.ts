import { defineVariant, type Prepared } from '../kernel.ts';
import type { KvInput, KvShape } from './index.ts';

/** `[…, tokens, …]` with one token more, as a new array. */
export function concatenated(
  cache: Float32Array,
  tokens: number,
  x: Float32Array,
  shape: KvShape,
): Float32Array {
  const { G, D, layout } = shape;
  const out = new Float32Array(cache.length + x.length);
  if (layout === 'token') {
    out.set(cache);
    out.set(x, cache.length);
  } else {
    for (let g = 0; g < G; g++) {
      out.set(cache.subarray(g * tokens * D, (g + 1) * tokens * D), g * (tokens + 1) * D);
      out.set(x.subarray(g * D, (g + 1) * D), (g * (tokens + 1) + tokens) * D);
    }
  }
  return out;
}

/** What `read` gives of keys and values in arrays of their own. */
export function joined(k: Float32Array, v: Float32Array): Float32Array {
  const out = new Float32Array(k.length + v.length);
  out.set(k);
  out.set(v, k.length);
  return out;
}

export const naive = defineVariant<KvInput, KvShape>({
  name: 'naive',
  backend: 'js',
  idea: 'a concatenation a token: all that is cached is copied into a new array, T² / 2 times a token’s bytes in the end',
  ledger: ['S2-33'],
  prepare(input, shape): Prepared<KvInput> {
    const { T, G, D } = shape;
    const row = G * D;
    let k = new Float32Array(0);
    let v = new Float32Array(0);
    return {
      run() {
        k = new Float32Array(0);
        v = new Float32Array(0);
        for (let t = 0; t < T; t++) {
          k = concatenated(k, t, input.k.subarray(t * row, (t + 1) * row), shape) as typeof k;
          v = concatenated(v, t, input.v.subarray(t * row, (t + 1) * row), shape) as typeof v;
        }
      },
      read: () => joined(k, v),
      poison(value) {
        k = new Float32Array(T * row).fill(value);
        v = new Float32Array(T * row).fill(value);
      },
      dispose: () => {},
    };
  },
});
