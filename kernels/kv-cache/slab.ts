import { defineVariant, type Prepared } from '../kernel.ts';
import type { KvInput, KvLayout, KvShape } from './index.ts';
import { joined } from './naive.ts';

/** Keys and values of up to `capacity` tokens, allocated once. */
export class KvSlab {
  /** `[capacity, G, D]` or `[G, capacity, D]`. */
  readonly k: Float32Array;
  readonly v: Float32Array;
  #length = 0;

  readonly capacity: number;
  readonly G: number;
  readonly D: number;
  readonly layout: KvLayout;

  constructor(capacity: number, G: number, D: number, layout: KvLayout) {
    this.capacity = capacity;
    this.G = G;
    this.D = D;
    this.layout = layout;
    this.k = new Float32Array(capacity * G * D);
    this.v = new Float32Array(capacity * G * D);
  }

  /** Tokens. */
  get length(): number {
    return this.#length;
  }

  /** Bytes held, however many tokens there are. */
  get bytes(): number {
    return this.k.byteLength + this.v.byteLength;
  }

  /**
   * Appends the token whose keys and values begin at element `at` of `k` and `v`.
   * @throws RangeError where it is full: dropping the oldest would be wrong for positions that are learned
   */
  append(k: Float32Array, v: Float32Array, at: number): void {
    if (this.#length === this.capacity)
      throw new RangeError(`the cache holds ${this.capacity} tokens and is full`);
    const { G, D, capacity } = this;
    const t = this.#length++;
    if (this.layout === 'token') {
      this.k.set(k.subarray(at, at + G * D), t * G * D);
      this.v.set(v.subarray(at, at + G * D), t * G * D);
    } else {
      for (let g = 0; g < G; g++) {
        copy(k, at + g * D, this.k, (g * capacity + t) * D, D);
        copy(v, at + g * D, this.v, (g * capacity + t) * D, D);
      }
    }
  }

  /** Forgets all tokens from `length` on: a rejected draft, or another continuation of one prompt. */
  truncate(length: number): void {
    if (!(Number.isInteger(length) && length >= 0 && length <= this.#length))
      throw new RangeError(`a cache of ${this.#length} tokens cannot be cut to ${length}`);
    this.#length = length;
  }

  clear(): void {
    this.#length = 0;
  }

  /** Takes the tokens that were put into {@link k} and {@link v} directly for appended. */
  assume(length: number): void {
    if (!(length <= this.capacity))
      throw new RangeError(`the cache holds ${this.capacity} tokens, not ${length}`);
    this.#length = length;
  }
}

/** A loop for the short rows of heads: `out.set(x.subarray(…))` makes an object a call. */
function copy(from: Float32Array, at: number, to: Float32Array, start: number, n: number): void {
  for (let i = 0; i < n; i++) to[start + i] = from[at + i]!;
}

export const slab = defineVariant<KvInput, KvShape>({
  name: 'slab',
  backend: 'js',
  idea: 'memory for the whole context allocated once, outside `run`: each token is copied once and nothing else moves',
  ledger: ['S4-20'],
  prepare({ k, v }, { T, G, D, layout }): Prepared<KvInput> {
    const cache = new KvSlab(T, G, D, layout);
    return {
      run() {
        cache.clear();
        for (let t = 0; t < T; t++) cache.append(k, v, t * G * D);
      },
      read: () => joined(cache.k, cache.v),
      poison(value) {
        cache.k.fill(value);
        cache.v.fill(value);
      },
      dispose: () => {},
    };
  },
});
