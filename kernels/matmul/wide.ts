import { defineVariant } from '../kernel.ts';
import { wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import type { MatmulInput, MatmulShape } from './index.ts';
import { matmulCall } from './simd.ts';

const MODULE = new URL('./wide.wasm', import.meta.url);
/** The module's export of that name. */
export const WIDE_BYTES = (96 * 384 + 16 + 384 * 1536 + 6 * 16) * 4;

export const wide = defineVariant<MatmulInput, MatmulShape>({
  name: 'simd-wide',
  backend: 'wasm',
  idea: 'tiles of 6 × 16: V8 with --experimental-wasm-revectorize makes 12 sums of 256 bits of them; without the flag 24 sums spill',
  prepare: (input, shape, host) => wasmVariant(host, matmulCall(MODULE, shape, 1, WIDE_BYTES), input),
});

export const wideThreads = defineVariant<MatmulInput, MatmulShape>({
  name: 'simd-wide-threads',
  backend: 'wasm-threads',
  idea: 'simd-wide, a rectangle of c for each thread',
  prepare: (input, shape, host) =>
    wasmThreadsVariant(host, matmulCall(MODULE, shape, host.threads, WIDE_BYTES), input),
});
