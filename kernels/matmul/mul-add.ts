import { defineVariant } from '../kernel.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import type { MatmulInput, MatmulShape } from './index.ts';
import { matmulCall } from './simd.ts';

const MODULE = new URL('./mul-add.wasm', import.meta.url);

export const mulAdd = defineVariant<MatmulInput, MatmulShape>({
  name: 'simd-mul-add',
  backend: 'wasm',
  plainSimd: true,
  idea: 'simd without relaxed SIMD, which WebKit lacks: a multiplication and an addition in place of one instruction, 5 × 8 sums',
  prepare: (input, shape, host) => wasmVariant(host, matmulCall(MODULE, shape, 1), input),
});

export const mulAddThreads = defineVariant<MatmulInput, MatmulShape>({
  name: 'simd-mul-add-threads',
  backend: 'wasm-threads',
  plainSimd: true,
  idea: 'simd-mul-add, a rectangle of c for each thread',
  prepare: (input, shape, host) => wasmThreadsVariant(host, matmulCall(MODULE, shape, host.threads), input),
});
