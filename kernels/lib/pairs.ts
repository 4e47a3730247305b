/** What kernels of two float32 in, one float32 out per element share; beside elementwise.ts. */
import type { Host, MakeTask, Prepared } from '../kernel.ts';
import type { Region } from './arena.ts';
import { activations, type ElementwiseShape, firstInLines, HOSTILE_ACTIVATIONS } from './elementwise.ts';
import { sharedF32, workersVariant } from './js.ts';
import type { Rng } from './rng.ts';
import type { WasmCall } from './wasm.ts';

/** Both `[N]`. */
export interface Pair {
  readonly a: Float32Array;
  readonly b: Float32Array;
}

export const pairOfActivations = (shape: ElementwiseShape, rng: Rng): Pair => ({
  a: activations(shape, rng),
  b: activations(shape, rng),
});

const paired =
  (make: (shape: ElementwiseShape, rng: Rng) => Float32Array) =>
  (shape: ElementwiseShape, rng: Rng): Pair => ({ a: make(shape, rng), b: make(shape, rng) });

/** The hostile activations, drawn twice: every special value meets every other. */
export const HOSTILE_PAIRS = Object.fromEntries(
  Object.entries(HOSTILE_ACTIVATIONS).map(([name, make]) => [name, paired(make)]),
);

/** `a = 1.5, b = -0.25`, with all digits that tell one float32 from the next. */
export function atPair({ a, b }: Pair, _shape: ElementwiseShape, index: number): string {
  const digits = (v: number) => Number(v.toPrecision(9));
  return `a = ${digits(a[index]!)}, b = ${digits(b[index]!)}`;
}

/** A plain loop over elements [from, to). */
export type PairLoop = (
  a: Float32Array,
  b: Float32Array,
  out: Float32Array,
  from: number,
  to: number,
) => void;

export interface PairData {
  readonly a: Float32Array<SharedArrayBuffer>;
  readonly b: Float32Array<SharedArrayBuffer>;
  readonly out: Float32Array<SharedArrayBuffer>;
}

/** One thread's share of the elements of `loop`. */
export function pairTask(loop: PairLoop): MakeTask<PairData> {
  return ({ a, b, out }) =>
    (thread, threads) =>
      loop(a, b, out, firstInLines(a.length, thread, threads), firstInLines(a.length, thread + 1, threads));
}

/** The task `make` of `module`, a {@link pairTask}, on every thread. */
export function pairWorkers(host: Host, module: string, make: string, { a, b }: Pair): Promise<Prepared> {
  const data = { a: sharedF32(a), b: sharedF32(b), out: sharedF32(a.length) };
  return workersVariant<PairData>(host, module, make, data);
}

/** A call `name(a, b, out, N, thread, threads)`. */
export function pairCall(url: URL, name: string): WasmCall<Pair> {
  return {
    url,
    export: name,
    layout(region: Region, input: Pair) {
      const a = region.f32(input.a);
      const b = region.f32(input.b);
      const out = region.f32(input.a.length);
      return { args: [a.ptr, b.ptr, out.ptr, input.a.length], out };
    },
  };
}
