import { defineVariant } from '../kernel.ts';
import { wasmVariant } from '../lib/wasm.ts';
import type { MatmulInput, MatmulShape } from './index.ts';
import { WORK_BYTES } from './simd.ts';

/**
 * One level of Strassen: seven products of halves, ten sums of quarters of a and b, and eight additions to quarters of c (four more
 * are part of a product). What an odd extent leaves over is computed plainly.
 */
export function strassenOps({ M, N, K }: MatmulShape): number {
  const [m, n, k] = [M >> 1, N >> 1, K >> 1];
  const whole = 2 * M * N * K;
  if (m * n * k === 0) return whole;
  return whole - 16 * m * n * k + 14 * m * n * k + 5 * m * k + 5 * k * n + 8 * m * n;
}

export const strassen = defineVariant<MatmulInput, MatmulShape>({
  name: 'strassen',
  backend: 'wasm',
  idea: 'one level of Strassen (1969) over the tiles of simd: seven products of halves for eight, and 18 passes over quarters; pays from about 192',
  approximation: true,
  ops: strassenOps,
  tolerance: {
    metric: 'nmse',
    bound: 8e-6,
    why: "its error is relative to ‖a‖ · ‖b‖ and not to each element's Σ|a · b| (Higham, Accuracy and Stability of Numerical Algorithms, §23.2.2): found 1e-13 for ordinary inputs, and up to 3.9e-6 where c is 1e-4 of what cancels in it",
  },
  prepare: (input, { M, N, K }, host) =>
    wasmVariant(
      host,
      {
        url: new URL('./strassen.wasm', import.meta.url),
        export: 'matmul',
        layout(region, { a, b }) {
          const [m, n, k] = [M >> 1, N >> 1, K >> 1];
          const out = region.f32(M * N);
          const args = [region.f32(a).ptr, region.f32(b).ptr, out.ptr, M, N, K];
          const spaces = [m * k, k * n, 2 * m * n].map((length) => region.f32(length).ptr);
          return { args: [...args, ...spaces, region.u8(WORK_BYTES).ptr], out };
        },
      },
      input,
    ),
});
