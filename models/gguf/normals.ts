import type { Rng } from '../../kernels/lib/rng.ts';

const LAYERS = 128;
/** Where the tail begins, and the area of each layer: for 128 layers, of Marsaglia & Tsang. */
const TAIL = 3.442619855899;
const AREA = 9.91256303526217e-3;
/** A word of 32 bits gives a layer of 7 and a signed fraction of 25, which is more than a float32 holds. */
const FRACTION = 2 ** -24;

const density = (x: number): number => Math.exp(-0.5 * x * x);

/** Right edges of the layers, from the base up. What of a layer lies below the next one is under the curve for certain. */
const EDGES = new Float64Array(LAYERS + 1);
EDGES[0] = AREA / density(TAIL);
EDGES[1] = TAIL;
for (let i = 2; i < LAYERS; i++)
  EDGES[i] = Math.sqrt(-2 * Math.log(AREA / EDGES[i - 1]! + density(EDGES[i - 1]!)));

const DENSITIES = EDGES.map(density);

/**
 * Standard normals by a ziggurat of 128 layers (Doornik, "An Improved Ziggurat Method to Generate Normal Random Samples", 2005,
 * whose layer and fraction share no bits) from xoshiro128**. Several times as fast as the Box–Muller of `kernels/lib/rng.ts`:
 * a model has hundreds of millions of weights. Exact up to the fraction's 25 bits, tail included.
 */
export class Normals {
  readonly #state: Int32Array;
  /** For the few that need more than a word. */
  readonly #rng: Rng;

  /** Its stream depends on the state of `rng`, which is its own from now on. */
  constructor(rng: Rng) {
    this.#state = Int32Array.from({ length: 4 }, () => rng.integer(2 ** 32) | 0);
    // Not all zero, which would stay so.
    this.#state[3]! |= 1;
    this.#rng = rng;
  }

  /** Fills `out` with normals of this mean and deviation. */
  fill(out: Float32Array, mean: number, deviation: number): void {
    const state = this.#state;
    // In locals: behind a closure the generator takes as long as all the rest.
    let a = state[0]!;
    let b = state[1]!;
    let c = state[2]!;
    let d = state[3]!;
    for (let n = 0; n < out.length; ) {
      const scrambled = Math.imul(b, 5);
      const word = Math.imul((scrambled << 7) | (scrambled >>> 25), 9);
      const t = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= t;
      d = (d << 11) | (d >>> 21);
      const layer = word & (LAYERS - 1);
      let x = ((word >> 7) + 0.5) * FRACTION * EDGES[layer]!;
      if (Math.abs(x) >= EDGES[layer + 1]!) {
        // One word in 80.
        if (layer === 0) x = this.#tail(x);
        else if (!this.#underCurve(x, layer)) continue;
      }
      out[n++] = mean + deviation * x;
    }
    state[0] = a;
    state[1] = b;
    state[2] = c;
    state[3] = d;
  }

  /** Draws a height in a layer that the curve cuts. */
  #underCurve(x: number, layer: number): boolean {
    const low = DENSITIES[layer]!;
    const high = DENSITIES[layer + 1]!;
    return low + this.#rng.uniform() * (high - low) < density(x);
  }

  /** Beyond the base (Marsaglia, "Generating a Variable from the Tail of the Normal Distribution", 1964). */
  #tail(sign: number): number {
    for (;;) {
      // 1 − u keeps the logarithms finite.
      const x = -Math.log(1 - this.#rng.uniform()) / TAIL;
      const y = -Math.log(1 - this.#rng.uniform());
      if (2 * y >= x * x) return sign < 0 ? -TAIL - x : TAIL + x;
    }
  }
}
