import { defineVariant, type Prepared } from '../kernel.ts';
import type { Region, Tensor } from '../lib/arena.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import type { F16CodecInput, F16CodecShape } from './index.ts';

/** The call that both WASM variants make: decode or encode(codes, floats, N, thread, threads), room for whole vectors at the end. */
function call({ N, op }: F16CodecShape) {
  let codes: Tensor<'u8'> | undefined;
  const room = Math.ceil(N / 8) * 8;
  const words = () => {
    const bytes = codes!.view();
    return new Uint16Array(bytes.buffer, bytes.byteOffset, N);
  };
  return {
    words,
    url: new URL('./simd.wasm', import.meta.url),
    export: op,
    layout(region: Region, input: F16CodecInput) {
      codes = region.u8(2 * room);
      if (op === 'decode') {
        words().set(input.codes);
        const y = region.f32(room);
        const out = { ...y, length: N, view: () => y.view().subarray(0, N) };
        return { args: [codes.ptr, y.ptr, N], out };
      }
      const x = region.f32(room);
      x.view().set(input.x);
      // A copy, as numbers.
      const out = { ptr: codes.ptr, length: N, view: () => Float32Array.from(words()) };
      return { args: [codes.ptr, x.ptr, N], out };
    },
  };
}

/** The codes that are an output overwritten as such: `view` gives a copy of them. */
function withCodes(prepared: Prepared<F16CodecInput>, { op }: F16CodecShape, words: () => Uint16Array) {
  if (op === 'decode') return prepared;
  return { ...prepared, poison: () => words().fill(0x7eef) };
}

export const simd = defineVariant<F16CodecInput, F16CodecShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'four at a time without a branch: a product with 2^112 rebiases, and makes denormals normal; the sum with 0.5 rounds denormals on the way back',
  async prepare(input, shape, host) {
    const made = call(shape);
    return withCodes(await wasmVariant(host, made, input), shape, made.words);
  },
});

export const simdThreads = defineVariant<F16CodecInput, F16CodecShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'the vectors of `simd` shared among threads',
  async prepare(input, shape, host) {
    const made = call(shape);
    return withCodes(await wasmThreadsVariant(host, made, input), shape, made.words);
  },
});
