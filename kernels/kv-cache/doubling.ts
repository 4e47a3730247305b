import { defineVariant, type Prepared } from '../kernel.ts';
import type { KvInput, KvShape } from './index.ts';
import { joined } from './naive.ts';
import { KvSlab } from './slab.ts';

/** A slab of twice the capacity with the same tokens. */
export function doubled(cache: KvSlab): KvSlab {
  const { capacity, G, D, layout, length } = cache;
  const larger = new KvSlab(2 * capacity, G, D, layout);
  if (layout === 'token') {
    larger.k.set(cache.k);
    larger.v.set(cache.v);
  } else {
    for (let g = 0; g < G; g++) {
      const from = g * capacity * D;
      larger.k.set(cache.k.subarray(from, from + capacity * D), 2 * from);
      larger.v.set(cache.v.subarray(from, from + capacity * D), 2 * from);
    }
  }
  larger.assume(length);
  return larger;
}

export const doubling = defineVariant<KvInput, KvShape>({
  name: 'doubling',
  backend: 'js',
  idea: 'twice the room whenever it is full: each token is copied less than three times, and at most half of the memory is idle',
  prepare({ k, v }, { T, G, D, layout }): Prepared<KvInput> {
    const row = G * D;
    let cache = new KvSlab(1, G, D, layout);
    const used = (x: Float32Array): Float32Array => {
      if (layout === 'token') return x.subarray(0, T * row);
      const out = new Float32Array(T * row);
      for (let g = 0; g < G; g++) {
        const from = g * cache.capacity * D;
        out.set(x.subarray(from, from + T * D), g * T * D);
      }
      return out;
    };
    return {
      run() {
        cache = new KvSlab(1, G, D, layout);
        for (let t = 0; t < T; t++) {
          if (cache.length === cache.capacity) cache = doubled(cache);
          cache.append(k, v, t * row);
        }
      },
      read: () => joined(used(cache.k), used(cache.v)),
      poison(value) {
        cache = new KvSlab(T, G, D, layout);
        cache.k.fill(value);
        cache.v.fill(value);
      },
      dispose: () => {},
    };
  },
});
