/** What kernels of several arrays in and one float32 array out share: how the arrays reach workers and WASM. */
import type { Region } from './arena.ts';
import type { WasmCall } from './wasm.ts';

type NumberArray = Float32Array | Int32Array;

/** The same input with every array copied to memory that workers see. */
export function sharedInput<I extends object>(input: I): I {
  const entries = Object.entries(input).map(([key, value]) => {
    if (!(value instanceof Float32Array || value instanceof Int32Array)) return [key, value];
    const buffer = new SharedArrayBuffer(value.byteLength);
    const copy = value instanceof Float32Array ? new Float32Array(buffer) : new Int32Array(buffer);
    copy.set(value);
    return [key, copy];
  });
  return Object.fromEntries(entries) as I;
}

export interface ArraysCall<I> {
  readonly url: URL;
  /** One export, or several that follow each other. */
  readonly export: string | readonly string[];
  /** In the order of the arguments. */
  arrays(input: I): readonly NumberArray[];
  /** float32 elements of the output. */
  readonly length: number;
  /** float32 elements of working memory, passed behind the output; none where 0. */
  readonly scratch?: number;
  /** Extents and constants, behind the arrays. */
  numbers(input: I): readonly number[];
}

/** A call `name(…arrays, out, scratch?, …numbers, thread, threads)`. */
export function arraysCall<I>({
  url,
  export: name,
  arrays,
  length,
  scratch = 0,
  numbers,
}: ArraysCall<I>): WasmCall<I> {
  return {
    url,
    export: name,
    layout(region: Region, input: I) {
      const inputs = arrays(input).map((array) =>
        array instanceof Float32Array ? region.f32(array) : region.i32(array),
      );
      const out = region.f32(length);
      const working = scratch > 0 ? [region.f32(scratch)] : [];
      const pointers = [...inputs, out, ...working].map(({ ptr }) => ptr);
      return { args: [...pointers, ...numbers(input)], out };
    },
  };
}
