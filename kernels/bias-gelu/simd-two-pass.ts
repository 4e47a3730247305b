import { defineVariant } from '../kernel.ts';
import type { RowsShape } from '../lib/rows.ts';
import { wasmVariant } from '../lib/wasm.ts';
import type { BiasGeluInput } from './index.ts';
import { biasGeluCall } from './simd.ts';

export const simdTwoPass = defineVariant<BiasGeluInput, RowsShape>({
  name: 'simd-two-pass',
  backend: 'wasm',
  idea: 'bias to everything, then the GELU of everything, as two functions do it: what fusing them is measured against',
  prepare: (input, shape, host) => wasmVariant(host, biasGeluCall('twoPass', shape), input),
});
