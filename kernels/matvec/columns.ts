import { defineVariant } from '../kernel.ts';
import { wasmVariant } from '../lib/wasm.ts';
import type { MatvecInput, MatvecShape } from './index.ts';

/** wt[C,R] = w[R,C]ᵀ, 16 rows at a time: what is written then fills whole cache lines. */
export function transposeWeights(w: Float32Array, { R, C }: MatvecShape): Float32Array {
  const wt = new Float32Array(R * C);
  for (let from = 0; from < R; from += 16) {
    const to = Math.min(from + 16, R);
    for (let c = 0; c < C; c++) for (let r = from; r < to; r++) wt[c * R + r] = w[r * C + c]!;
  }
  return wt;
}

export const columns = defineVariant<MatvecInput, MatvecShape>({
  name: 'simd-columns',
  backend: 'wasm',
  idea: 'what a matmul does with one row: weights stored transposed (in prepare), multiples of whole columns added to y, which is loaded and stored again for each four of them',
  ledger: ['S1-19'],
  prepare: (input, shape, host) =>
    wasmVariant<MatvecInput>(
      host,
      {
        url: new URL('./columns.wasm', import.meta.url),
        export: 'matvec',
        layout(region, { w, x }) {
          const out = region.f32(shape.R);
          const args = [region.f32(transposeWeights(w, shape)).ptr, region.f32(x).ptr];
          return { args: [...args, out.ptr, shape.R, shape.C], out };
        },
      },
      input,
    ),
});
