import { defineVariant } from '../kernel.ts';
import type { RowsShape } from '../lib/rows.ts';
import { wasmVariant } from '../lib/wasm.ts';
import type { LayernormInput } from './index.ts';
import { layernormCall } from './simd.ts';

export const simdTwoPass = defineVariant<LayernormInput, RowsShape>({
  name: 'simd-two-pass',
  backend: 'wasm',
  idea: 'mean, then squares about it; the second pass also sums the differences and so finds what rounding took from the mean',
  prepare: (input, shape, host) => wasmVariant(host, layernormCall('layernormTwoPass', shape), input),
});
