import { defineVariant } from '../kernel.ts';
import type { RowsShape } from '../lib/rows.ts';
import { wasmVariant } from '../lib/wasm.ts';
import type { ResidualRmsnormInput } from './index.ts';
import { residualRmsnormCall } from './simd.ts';

export const simdTwoPass = defineVariant<ResidualRmsnormInput, RowsShape>({
  name: 'simd-two-pass',
  backend: 'wasm',
  idea: 'the loops of `add` and `rmsnorm` one after the other: what fusing them is measured against',
  prepare: (input, shape, host) => wasmVariant(host, residualRmsnormCall('twoPass', shape), input),
});
