/** What the kernels of this folder share: one honest kernel to cheat at. */
import {
  defineKernel,
  defineVariant,
  type Kernel,
  type Prepared,
  type Variant,
} from '../../kernels/kernel.ts';
import { jsVariant } from '../../kernels/lib/js.ts';
import { normals } from '../../kernels/lib/rng.ts';
import type { Expectation } from '../suite.ts';

export type Shape = { readonly N: number };
export type Loop = (x: Float32Array, out: Float32Array) => void;

/** The status that a variant must get, and what its reason must say. */
export type Expected = Readonly<Record<string, Expectation>>;

export const oscillation: Loop = (x, out) => {
  for (let i = 0; i < x.length; i++) out[i] = Math.exp(x[i]!) * Math.cos(x[i]!);
};

/** Some 80 µs a call: enough that remembering it pays. */
export function adversaries(name: string, variants: readonly Variant<Float32Array, Shape>[]): Kernel {
  return defineKernel<Float32Array, Shape>({
    name,
    formula: 'out[N] = exp(x[N]) · cos(x[N])',
    cases: [
      { shape: { N: 4096 }, from: 'what is timed' },
      { shape: { N: 1023 }, from: 'odd, one less than a power of two' },
    ],
    inputs: ({ N }, rng) => normals(rng, N),
    hostile: {
      'every second result infinite': ({ N }, rng) => normals(rng, N).map((v, i) => (i % 2 ? v : 1000)),
    },
    reference: (x) => ({
      values: Float64Array.from(x, (v) => (v > 89 ? Number.POSITIVE_INFINITY : Math.exp(v) * Math.cos(v))),
    }),
    tolerance: {
      metric: 'rel',
      bound: 1e-7,
      why: 'one rounding to float32 (2^-24); both compute in float64',
    },
    work: ({ N }) => ({ flops: 3 * N, bytes: 8 * N }),
    variants: [loop('honest', 'right', oscillation), ...variants],
  });
}

/** A variant of the helper that honest ones use. */
export function loop(name: string, idea: string, run: Loop): Variant<Float32Array, Shape> {
  return own(name, idea, (x) => jsVariant(x.length, (out) => run(x, out)));
}

/** A variant with its own way of preparing. */
export function own(
  name: string,
  idea: string,
  prepare: Variant<Float32Array, Shape>['prepare'],
): Variant<Float32Array, Shape> {
  return defineVariant<Float32Array, Shape>({ name, backend: 'js', idea, prepare });
}

/** A prepared variant around an output buffer. */
export function around(out: Float32Array, run: () => void, more: Partial<Prepared> = {}): Prepared {
  return { run, read: () => out.slice(), dispose: () => {}, ...more };
}
