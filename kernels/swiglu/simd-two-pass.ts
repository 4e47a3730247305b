import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { type Pair, pairCall } from '../lib/pairs.ts';
import { wasmVariant } from '../lib/wasm.ts';

const CALL = pairCall(new URL('./simd.wasm', import.meta.url), 'twoPass');

export const simdTwoPass = defineVariant<Pair, ElementwiseShape>({
  name: 'simd-two-pass',
  backend: 'wasm',
  idea: 'silu of everything, then the product with everything, as two functions do it: what fusing them is measured against',
  prepare: (input, _shape, host) => wasmVariant(host, CALL, input),
});
