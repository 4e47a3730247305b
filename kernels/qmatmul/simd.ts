import { defineVariant, type Tolerance } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { PACKERS, packedBytes } from '../lib/qpack.ts';
import { EIGHT_BITS, type ProductInput, type ProductShape, withoutAllBits } from '../lib/qproduct.ts';
import { relaxedDot, withoutRelaxedDot } from '../lib/relaxed-dot.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';

/** How activations are quantised: magnitudes up to `most`, `offset` added. */
interface Activations {
  readonly most: number;
  readonly offset: number;
}
const BYTES: Activations = { most: 127, offset: 0 };

/** A module, and bytes of 32 weights of each row of one of its panels. */
interface Form {
  readonly url: URL;
  /** Weight rows of a panel. */
  readonly rows: number;
  readonly block: number;
}
const NARROW: Form = { url: new URL('./simd.wasm', import.meta.url), rows: 8, block: 40 };
const WIDE: Form = { url: new URL('./simd.wide.wasm', import.meta.url), rows: 16, block: 40 };
/** Operands are 16-bit integers. */
const I16: Form = { url: new URL('./i16.wasm', import.meta.url), rows: 8, block: 72 };

/** The call that all WASM variants make: …(blocks, packed, x, work, y, M, N, K, across, most, offset, thread, threads). */
export function call(
  { M, N, K, quant }: ProductShape,
  threads: number,
  name: string = quant,
  { most, offset }: Activations = BYTES,
  { url, rows, block }: Form = NARROW,
) {
  // Rows are shared where every thread gets a few tiles of them, columns otherwise.
  const across = Math.ceil(M / 6) >= 4 * threads ? 1 : threads;
  const panel = rows * ((K / 32) * block + 24);
  const work = threads * panel + across * M * (K / 32) * 72;
  return {
    url,
    export: name,
    once: PACKERS[quant]!,
    layout(region: Region, input: ProductInput) {
      const y = region.f32(M * N);
      const blocks = region.u8(input.blocks).ptr;
      const packed = region.u8(packedBytes(quant, N, K)).ptr;
      const x = region.f32(input.x).ptr;
      const args = [blocks, packed, x, region.u8(work).ptr, y.ptr, M, N, K, across, most, offset];
      return { args, out: y };
    },
  };
}

const SEVEN_BITS: Tolerance = {
  metric: 'scaled',
  bound: 0.007938,
  why: 'activations of 7 bits: each is off by at most half of 1/63 of the largest in its block (0.0079365)',
};

export const i16 = defineVariant<ProductInput, ProductShape>({
  name: 'simd-i16',
  backend: 'wasm',
  arithmetic: 'i16',
  approximation: true,
  tolerance: EIGHT_BITS,
  idea: 'activations of 8 bits; weights expanded to 16 bits a panel at a time, two products a lane by i32x4.dot_i16x8: what needs no relaxed SIMD but the last multiply-add',
  unsupported: ({ quant }) => (quant === 'q4_k' ? 'its loops know Q8_0 and Q4_0' : undefined),
  prepare: (input, shape, host) => wasmVariant(host, call(shape, 1, shape.quant, BYTES, I16), input),
});

export const sevenBits = defineVariant<ProductInput, ProductShape>({
  name: 'simd-7bit',
  backend: 'wasm',
  arithmetic: 'i8',
  approximation: true,
  tolerance: SEVEN_BITS,
  idea: 'activations of −63 … 63, plus 64, as the operand of 7 bits that the relaxed dot product asks for: twice the error for half the products of `simd`',
  unsupported: ({ quant }) =>
    withoutRelaxedDot() ??
    (quant === 'q8_0' ? undefined : 'nibbles are the operand of 7 bits: 8 bits cost nothing more'),
  prepare: (input, shape, host) =>
    wasmVariant(host, call(shape, 1, 'q8_0_offset', { most: 63, offset: 64 }), input),
});

/** All 8 bits, as the engine's relaxed dot product takes them. */
function allBits(): Activations {
  return { most: 127, offset: relaxedDot() === 'unsigned' ? 128 : 0 };
}

export const relaxedBytes = defineVariant<ProductInput, ProductShape>({
  name: 'simd-bytes',
  backend: 'wasm',
  arithmetic: 'i8',
  approximation: true,
  tolerance: EIGHT_BITS,
  idea: 'the relaxed dot product is tried first: where it takes all 8 bits of its second operand, signed or not, activations are stored as it takes them, exact at the pace of 7 bits',
  unsupported: withoutAllBits,
  prepare: (input, shape, host) => wasmVariant(host, call(shape, 1, 'q8_0_offset', allBits()), input),
});

export const simd = defineVariant<ProductInput, ProductShape>({
  name: 'simd',
  backend: 'wasm',
  arithmetic: 'i8',
  approximation: true,
  tolerance: EIGHT_BITS,
  idea: 'activations of 8 bits in relaxed dot products that are exact on every engine: of Q8_0, positive and negative activations apart, for twice the products; of 4 bits, the nibbles as second operand; panels of 8 weight rows, tiles of 6 × 8 sums',
  unsupported: withoutRelaxedDot,
  prepare: (input, shape, host) => wasmVariant(host, call(shape, 1), input),
});

export const wide = defineVariant<ProductInput, ProductShape>({
  name: 'simd-wide',
  backend: 'wasm',
  arithmetic: 'i8',
  approximation: true,
  tolerance: EIGHT_BITS,
  idea: 'panels of 16 weight rows, tiles of 6 × 16: V8 with --experimental-wasm-revectorize makes 12 sums of 256 bits of them; without the flag 24 sums spill. Activations of 8 bits, of Q8_0 as `simd-bytes` has them where the engine takes them, else as `simd`',
  unsupported: withoutRelaxedDot,
  prepare(input, shape, host) {
    const [name, activations] = withoutAllBits(shape) ? [shape.quant, BYTES] : ['q8_0_offset', allBits()];
    return wasmVariant(host, call(shape, 1, name, activations, WIDE), input);
  },
});

export const simdThreads = defineVariant<ProductInput, ProductShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  arithmetic: 'i8',
  approximation: true,
  tolerance: EIGHT_BITS,
  idea: 'the tiles of `simd` shared by rows of activations where there are many, by rows of weights where there are few; nobody waits for another',
  unsupported: withoutRelaxedDot,
  prepare: (input, shape, host) => wasmThreadsVariant(host, call(shape, host.threads), input),
});
