import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { EinsumInput, EinsumShape } from './index.ts';
import { parseSpec } from './plan.ts';
import { extentsOf, sizeOf, stridesOf } from './strides.ts';

/** The loops of a contraction: output letters first, then those that are summed. */
export interface Loops {
  readonly extents: readonly number[];
  /** How many of the loops are over letters of the output. */
  readonly outer: number;
  /** Elements by which a step of each loop moves in a, and in b. */
  readonly a: readonly number[];
  readonly b: readonly number[];
}

export function loopsOf(shape: EinsumShape): Loops {
  const { a, b, out } = parseSpec(shape.spec);
  const extent = extentsOf(shape);
  const summed = [...new Set(a + b)].filter((letter) => !out.includes(letter));
  const letters = out + summed.join('');
  return {
    extents: [...letters].map(extent),
    outer: out.length,
    a: stridesOf(a, letters, extent),
    b: stridesOf(b, letters, extent),
  };
}

/**
 * Any contraction, one product at a time: the positions of all loops are counted up like the wheels of an odometer, and the
 * offsets in a and b move along. Sums in float64. NaN and Infinity go where the sums take them.
 * @param position as many zeros as there are loops; zeros again afterwards
 */
export function einsumInterpreted(
  a: Float32Array,
  b: Float32Array,
  out: Float32Array,
  { extents, outer, a: aSteps, b: bSteps }: Loops,
  position: Int32Array,
): void {
  let p = 0;
  let q = 0;
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    let loop: number;
    do {
      sum += a[p]! * b[q]!;
      loop = extents.length - 1;
      for (; loop >= 0; loop--) {
        p += aSteps[loop]!;
        q += bSteps[loop]!;
        if (++position[loop]! < extents[loop]!) break;
        p -= aSteps[loop]! * extents[loop]!;
        q -= bSteps[loop]! * extents[loop]!;
        position[loop] = 0;
      }
    } while (loop >= outer);
    out[i] = sum;
  }
}

export const naive = defineVariant<EinsumInput, EinsumShape>({
  name: 'naive',
  backend: 'js',
  idea: 'an interpreter: counts up an index for each letter and moves offsets by strides, for each product anew',
  prepare({ a, b }, shape) {
    const loops = loopsOf(shape);
    const position = new Int32Array(loops.extents.length);
    return jsVariant(sizeOf(parseSpec(shape.spec).out, shape), (out) =>
      einsumInterpreted(a, b, out, loops, position),
    );
  },
});
