/** What kernels of one float32 in, one float32 out per element share: shapes, inputs and how an array is cut up. */
import type { Case, Host, MakeTask, Prepared } from '../kernel.ts';
import type { Region } from './arena.ts';
import { ulp32 } from './compare.ts';
import { gpuVariant, spread } from './gpu.ts';
import { sharedF32, workersVariant } from './js.ts';
import { firstOf } from './pool.ts';
import type { Rng } from './rng.ts';
import type { WasmCall } from './wasm.ts';

/** Elements. */
export type ElementwiseShape = { readonly N: number };

export const ELEMENTWISE_CASES: readonly Case<ElementwiseShape>[] = [
  { shape: { N: 1 }, from: 'one element' },
  { shape: { N: 7 }, from: 'odd, fewer lines than threads' },
  { shape: { N: 15 }, from: 'tile − 1' },
  { shape: { N: 16 }, from: 'one tile' },
  { shape: { N: 17 }, from: 'tile + 1' },
  { shape: { N: 1025 }, from: 'odd, one more than a WebGPU workgroup' },
  { shape: { N: 3072 }, from: 'GPT-2 124M: MLP hidden layer, one token' },
  { shape: { N: 98304 }, from: 'SmolLM2-135M: size of the FFN hidden layer (1536), 64 tokens' },
  { shape: { N: 393216 }, from: 'GPT-2 124M: MLP hidden layer (3072), 128 tokens' },
];

/**
 * Activations as a model has them, normals of deviation 3, taking turns with uniforms on [−8, 8]: these find the largest
 * error of an approximation wherever it is, within 0.001 of x in the large cases.
 */
export function activations({ N }: ElementwiseShape, rng: Rng): Float32Array {
  return Float32Array.from({ length: N }, (_, i) =>
    i % 2 === 0 ? 3 * rng.normal() : 16 * rng.uniform() - 8,
  );
}

const LARGEST = 3.4028234663852886e38;
const SPECIAL = [0, -0, Infinity, -Infinity, Number.NaN, 1, -1, 100, -100, 1e20, -1e20, LARGEST, -LARGEST];

const sign = (rng: Rng): number => (rng.uniform() < 0.5 ? -1 : 1);

export const HOSTILE_ACTIVATIONS = {
  'zeros, infinities, NaN, huge numbers': ({ N }: ElementwiseShape, rng: Rng) =>
    Float32Array.from({ length: N }, () => SPECIAL[rng.integer(SPECIAL.length)]!),
  'denormals and tiny numbers': ({ N }: ElementwiseShape, rng: Rng) =>
    Float32Array.from({ length: N }, () => sign(rng) * 2 ** (-149 + 143 * rng.uniform())),
  'around saturation': ({ N }: ElementwiseShape, rng: Rng) =>
    Float32Array.from({ length: N }, () => sign(rng) * (2.5 + 12 * rng.uniform())),
};

/**
 * The scale in which an error reads as ULP (metric `scaled`), except that a result below `flushed` may be 0: gradual underflow
 * costs a third more instructions in an exponential, and no model can notice numbers of 1e-38.
 * @param bound the tolerance's
 */
export function ulpOrFlushed(values: Float64Array, bound: number, flushed = 2 ** -125): Float64Array {
  return values.map((v) => (Math.abs(v) < flushed ? flushed / bound : ulp32(v)));
}

/** `v`, or ±Infinity where rounding to float32 makes it that: float64 has room beyond the largest float32. */
export function overflowing(v: number): number {
  const rounded = Math.fround(v);
  return Number.isFinite(rounded) ? v : rounded;
}

/** `x = 1.56603`, with all digits that tell one float32 from the next. */
export function atX(x: Float32Array, _shape: ElementwiseShape, index: number): string {
  return `x = ${Number(x[index]!.toPrecision(9))}`;
}

/** `firstOf` for elements, in whole cache lines, so that no two threads write to one. */
export function firstInLines(N: number, part: number, parts: number): number {
  return Math.min(16 * firstOf(Math.ceil(N / 16), part, parts), N);
}

/** A plain loop over elements [from, to). */
export type ElementLoop = (x: Float32Array, out: Float32Array, from: number, to: number) => void;

export interface ElementwiseData {
  readonly x: Float32Array<SharedArrayBuffer>;
  readonly out: Float32Array<SharedArrayBuffer>;
}

/** One thread's share of the elements of `loop`. */
export function elementwiseTask(loop: ElementLoop): MakeTask<ElementwiseData> {
  return ({ x, out }) =>
    (thread, threads) =>
      loop(x, out, firstInLines(x.length, thread, threads), firstInLines(x.length, thread + 1, threads));
}

/** The task `make` of `module`, an {@link elementwiseTask}, on every thread. */
export function elementwiseWorkers(
  host: Host,
  module: string,
  make: string,
  x: Float32Array,
): Promise<Prepared> {
  return workersVariant<ElementwiseData>(host, module, make, { x: sharedF32(x), out: sharedF32(x.length) });
}

/** A call `name(x, out, N, thread, threads)`. */
export function elementwiseCall(url: URL, name: string): WasmCall<Float32Array> {
  return {
    url,
    export: name,
    layout(region: Region, input: Float32Array) {
      const x = region.f32(input);
      const out = region.f32(input.length);
      return { args: [x.ptr, out.ptr, input.length], out };
    },
  };
}

/** Elements that a workgroup of 256 threads does, a vector of four each. */
const GROUP = 256 * 4;

/**
 * `url` declares `apply(bits: vec4u) -> vec4u`, and may use what numbers.wgsl declares; the rest is elementwise.wgsl, or for two inputs of
 * one length pairs.wgsl. The buffers are padded to whole vectors, which `read` cuts off.
 */
export async function elementwiseGpu(host: Host, url: URL, ...inputs: Float32Array[]): Promise<Prepared> {
  const N = inputs[0]!.length;
  const length = Math.ceil(N / 4) * 4;
  const prepared = await gpuVariant(host, {
    url,
    joined: [new URL('./numbers.wgsl', import.meta.url), inputs.length === 1 ? ONE_INPUT : TWO_INPUTS],
    inputs: inputs.map((x) => {
      const padded = new Float32Array(length);
      padded.set(x);
      return padded;
    }),
    outputLength: length,
    constants: {},
    workgroups: spread(Math.ceil(length / GROUP)),
  });
  return { ...prepared, read: async () => (await prepared.read()).slice(0, N) };
}
const ONE_INPUT = new URL('./elementwise.wgsl', import.meta.url);
const TWO_INPUTS = new URL('./pairs.wgsl', import.meta.url);
