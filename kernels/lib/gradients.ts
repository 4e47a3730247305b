/**
 * What the backward kernels of element-wise functions share: shapes, inputs, and the calls. `x` is what the function was given, `g` the
 * gradient of a loss with respect to its result; dx = g · f′(x).
 */
import type { Host, MakeTask, Prepared, Reference } from '../kernel.ts';
import { arraysCall, sharedInput } from './arrays.ts';
import {
  activations,
  ELEMENTWISE_CASES,
  type ElementwiseShape,
  firstInLines,
  HOSTILE_ACTIVATIONS,
} from './elementwise.ts';
import { jsVariant, sharedF32, workersVariant } from './js.ts';
import { normals, type Rng, uniforms } from './rng.ts';
import type { WasmCall } from './wasm.ts';

/** The cases of element-wise kernels, but for the largest, which takes the checks most of their time. */
export const GRADIENT_CASES = ELEMENTWISE_CASES.filter(({ shape }) => shape.N < 200_000);

/** Both `[N]`. */
export interface GradientInput {
  readonly x: Float32Array;
  readonly g: Float32Array;
}

export const gradientInputs = (shape: ElementwiseShape, rng: Rng): GradientInput => ({
  x: activations(shape, rng),
  g: normals(rng, shape.N),
});

const hostileX = Object.fromEntries(
  Object.entries(HOSTILE_ACTIVATIONS).map(([name, make]) => [
    `x: ${name}`,
    (shape: ElementwiseShape, rng: Rng): GradientInput => ({ x: make(shape, rng), g: normals(rng, shape.N) }),
  ]),
);

/** Either the one or the other: what ∞ · 0 is depends on where a derivative falls to 0, which no formula has exactly alike. */
export const HOSTILE_GRADIENTS = {
  ...hostileX,
  'g: zeros, infinities, NaN, huge numbers': (shape: ElementwiseShape, rng: Rng): GradientInput => ({
    // Where no derivative is 0 or above 1: what is infinite then is so in every form.
    x: uniforms(rng, shape.N, 0, 0.5),
    g: HOSTILE_ACTIVATIONS['zeros, infinities, NaN, huge numbers'](shape, rng),
  }),
  'g: denormals': (shape: ElementwiseShape, rng: Rng): GradientInput => ({
    x: uniforms(rng, shape.N, -4, 4),
    g: normals(rng, shape.N, 1e-40),
  }),
};

/**
 * g · derivative(x) in float64, ±Infinity where float32 has no room for it. `scale` is |g|, so that an error reads as the absolute error
 * of the derivative, and what flushing denormals to 0 may change.
 * @param bound the tolerance's
 */
export function gradientReference(
  { x, g }: GradientInput,
  derivative: (v: number) => number,
  bound: number,
): Reference {
  return {
    values: Float64Array.from(x, (v, i) => {
      const value = g[i]! * derivative(v);
      return Number.isFinite(Math.fround(value)) ? value : Math.fround(value);
    }),
    scale: Float64Array.from(g, (v) => Math.abs(v) + 2 ** -125 / bound),
  };
}

/** `x = 1.5, g = -0.25`, with all digits that tell one float32 from the next. */
export function atGradient({ x, g }: GradientInput, _shape: ElementwiseShape, index: number): string {
  return `x = ${Number(x[index]!.toPrecision(9))}, g = ${Number(g[index]!.toPrecision(9))}`;
}

/** A plain loop over elements [from, to). */
export type GradientLoop = (
  x: Float32Array,
  g: Float32Array,
  dx: Float32Array,
  from: number,
  to: number,
) => void;

export function gradientJs(loop: GradientLoop, { x, g }: GradientInput): Prepared {
  return jsVariant(x.length, (dx) => loop(x, g, dx, 0, x.length));
}

export interface GradientData extends GradientInput {
  readonly out: Float32Array<SharedArrayBuffer>;
}

/** One thread's share of the elements of `loop`. */
export function gradientTask(loop: GradientLoop): MakeTask<GradientData> {
  return ({ x, g, out }) =>
    (thread, threads) =>
      loop(x, g, out, firstInLines(x.length, thread, threads), firstInLines(x.length, thread + 1, threads));
}

/** The task `make` of `module`, a {@link gradientTask}, on every thread. */
export function gradientWorkers(
  host: Host,
  module: string,
  make: string,
  input: GradientInput,
): Promise<Prepared> {
  return workersVariant<GradientData>(host, module, make, {
    ...sharedInput(input),
    out: sharedF32(input.x.length),
  });
}

/** A call `name(x, g, dx, N, thread, threads)`. */
export function gradientCall(url: URL, name: string, { N }: ElementwiseShape): WasmCall<GradientInput> {
  return arraysCall<GradientInput>({
    url,
    export: name,
    arrays: ({ x, g }) => [x, g],
    length: N,
    numbers: () => [N],
  });
}
