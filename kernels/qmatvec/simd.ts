import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { PACKERS, packedBytes } from '../lib/qpack.ts';
import { EIGHT_BITS } from '../lib/qproduct.ts';
import type { Quant } from '../lib/quant.ts';
import { relaxedDot, withoutRelaxedDot } from '../lib/relaxed-dot.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import type { QmatvecInput, QmatvecShape } from './index.ts';

/** Bytes of a thread's activations for each 32 of K; the larger of the two forms of lib/qactivations.as.ts. */
const BLOCK_BYTES = 80;

/** The call that the variants of repacked weights make: …(blocks, packed, x, work, y, N, K, thread, threads). */
export function call(
  { N, K, quant }: QmatvecShape,
  threads: number,
  module = './simd.wasm',
  { name = quant, once = PACKERS[quant]! }: { name?: string; once?: string } = {},
) {
  return {
    url: new URL(module, import.meta.url),
    export: name,
    once,
    layout(region: Region, input: QmatvecInput) {
      // The loops write whole groups of eight rows.
      const room = region.f32(Math.ceil(N / 16) * 16);
      const out = { ...room, length: N, view: () => room.view().subarray(0, N) };
      const blocks = region.u8(input.blocks).ptr;
      const packed = region.u8(packedBytes(quant, N, K)).ptr;
      const x = region.f32(input.x).ptr;
      const work = region.u8(threads * (K / 32) * BLOCK_BYTES).ptr;
      return { args: [blocks, packed, x, work, out.ptr, N, K], out };
    },
  };
}

export const simd = defineVariant<QmatvecInput, QmatvecShape>({
  name: 'simd',
  backend: 'wasm',
  arithmetic: 'i8',
  approximation: true,
  tolerance: EIGHT_BITS,
  idea: 'weights repacked once so that lanes are rows, and read as two streams; activations of 8 bits in relaxed dot products that are exact on every engine: of Q8_0, positive and negative activations apart; of 4 bits, the nibbles as second operand',
  unsupported: withoutRelaxedDot,
  prepare: (input, shape, host) => wasmVariant(host, call(shape, 1), input),
});

/** By what the engine's relaxed dot product takes. */
const BYTES: Readonly<Record<string, Partial<Record<Quant, { name: string; once?: string }>>>> = {
  unsigned: {
    q8_0: { name: 'q8_0_unsigned', once: 'packQ8Plus' },
    q4_0: { name: 'q4_0_unsigned' },
    q4_k: { name: 'q4_k_unsigned' },
  },
  signed: { q8_0: { name: 'q8_0_signed' } },
};
const TAKES: Readonly<Record<string, string>> = {
  seven: '7 bits',
  signed: 'signed bytes, which a nibble in the high half of a byte is not',
};

export const relaxedBytes = defineVariant<QmatvecInput, QmatvecShape>({
  name: 'simd-bytes',
  backend: 'wasm',
  arithmetic: 'i8',
  approximation: true,
  tolerance: EIGHT_BITS,
  idea: 'the relaxed dot product is tried first: where it takes all 8 bits of its second operand, signed or not, 8-bit weights are packed as it takes them, for half the products of `simd`, and the high nibbles of 4-bit ones stay where they are: exact all the same',
  unsupported: (shape) =>
    BYTES[relaxedDot()]?.[shape.quant]
      ? undefined
      : (withoutRelaxedDot() ?? `this engine's relaxed dot product takes ${TAKES[relaxedDot()]}`),
  prepare: (input, shape, host) =>
    wasmVariant(host, call(shape, 1, './simd.wasm', BYTES[relaxedDot()]![shape.quant]), input),
});

export const simdThreads = defineVariant<QmatvecInput, QmatvecShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  arithmetic: 'i8',
  approximation: true,
  tolerance: EIGHT_BITS,
  idea: 'the rows of `simd` shared among threads, each of which quantises the activations for itself',
  unsupported: withoutRelaxedDot,
  prepare: (input, shape, host) => wasmThreadsVariant(host, call(shape, host.threads), input),
});
