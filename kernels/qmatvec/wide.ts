import { defineVariant } from '../kernel.ts';
import { EIGHT_BITS } from '../lib/qproduct.ts';
import { wasmVariant } from '../lib/wasm.ts';
import type { QmatvecInput, QmatvecShape } from './index.ts';
import { call } from './simd.ts';

export const wide = defineVariant<QmatvecInput, QmatvecShape>({
  name: 'simd-i16',
  backend: 'wasm',
  arithmetic: 'i16',
  approximation: true,
  tolerance: EIGHT_BITS,
  idea: 'the repacked weights of `simd` widened to 16 bits on the way, two products a lane by i32x4.dot_i16x8: what needs no relaxed dot product',
  unsupported: ({ quant }) => (quant === 'q4_k' ? 'its loops know Q8_0 and Q4_0' : undefined),
  prepare: (input, shape, host) => wasmVariant(host, call(shape, 1, './wide.wasm'), input),
});
