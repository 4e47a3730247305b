/**
 * The kernels as plain functions. Each prepares the very variant that the zoo measures, the fastest that this engine can run, and
 * calls its `run`: what was measured is what runs. They work in Node, Bun and Deno, and in pages built by a bundler that knows
 * `new URL('./simd.wasm', import.meta.url)`.
 *
 * Which variant: the first of the function's `ranking` that the engine supports, the order in which `zoo bench` measured them
 * (docs/method.md, “Kernels as functions”). Left out are approximations by design, and WebGPU, to which input and output would
 * cross at each call. Threads are used where {@link useThreads} has given them, from {@link WORTH_THREADS_NS} of work on.
 *
 * Memory: what a shape needs is kept for the next call, for the {@link MOST_SHAPES} shapes that were used since the last were given
 * back. A WASM memory never shrinks: it stays as large as the most that was in use at once. {@link release} gives all back.
 */
import { blocked as dequantBlocked } from '../kernels/dequant/blocked.ts';
import type { DequantInput, DequantShape } from '../kernels/dequant/index.ts';
import { simd as dequantSimd, simdThreads as dequantThreads } from '../kernels/dequant/simd.ts';
import { blocked as geluBlocked } from '../kernels/gelu/blocked.ts';
import { simd as geluSimd, simdThreads as geluThreads } from '../kernels/gelu/simd.ts';
import type { ElementwiseShape } from '../kernels/lib/elementwise.ts';
import { checkQuant, quantBytes } from '../kernels/lib/quant.ts';
import { blocked as matmulBlocked } from '../kernels/matmul/blocked.ts';
import type { MatmulInput, MatmulShape } from '../kernels/matmul/index.ts';
import { simd as matmulSimd, simdThreads as matmulThreads } from '../kernels/matmul/simd.ts';
import { blocked as rmsnormBlocked } from '../kernels/rmsnorm/blocked.ts';
import type { RmsnormInput, RmsnormShape } from '../kernels/rmsnorm/index.ts';
import { simd as rmsnormSimd, simdThreads as rmsnormThreads } from '../kernels/rmsnorm/simd.ts';
import { blocked as ropeBlocked } from '../kernels/rope/blocked.ts';
import type { RopeInput, RopeShape } from '../kernels/rope/index.ts';
import { simd as ropeSimd, simdThreads as ropeThreads } from '../kernels/rope/simd.ts';
import type { SoftmaxShape } from '../kernels/softmax/index.ts';
import { polynomial as softmaxPolynomial } from '../kernels/softmax/polynomial.ts';
import { simd as softmaxSimd, simdThreads as softmaxThreads } from '../kernels/softmax/simd.ts';
import { blocked as tanhBlocked } from '../kernels/tanh/blocked.ts';
import { simd as tanhSimd, simdThreads as tanhThreads } from '../kernels/tanh/simd.ts';
import { kernelFunction } from './kernel-function.ts';

export type { DequantInput, DequantShape } from '../kernels/dequant/index.ts';
export type { ElementwiseShape } from '../kernels/lib/elementwise.ts';
export type { MatmulInput, MatmulShape } from '../kernels/matmul/index.ts';
export type { RmsnormInput, RmsnormShape } from '../kernels/rmsnorm/index.ts';
export type { RopeInput, RopeShape } from '../kernels/rope/index.ts';
export type { SoftmaxShape } from '../kernels/softmax/index.ts';
export {
  type KernelFunction,
  MOST_SHAPES,
  type Ready,
  release,
  useThreads,
  WORTH_THREADS_NS,
} from './kernel-function.ts';

/** c[M,N] = Σ_K a[M,K] · b[K,N], row-major float32 without gaps. */
export const matmul = /* @__PURE__ */ kernelFunction<MatmulInput, MatmulShape>({
  name: 'matmul',
  ranking: [matmulThreads, matmulSimd, matmulBlocked],
  extents: ['M', 'N', 'K'],
  arrays: ({ M, N, K }) => ({ a: M * K, b: K * N }),
  blank: ({ a, b }) => ({ a: new Float32Array(a!), b: new Float32Array(b!) }),
  alone: ({ M, N, K }) => (2 * M * N * K) / 60,
});

/** Softmax of each of the R rows of x[R,C]. Rows of −Infinity and with a NaN give NaN. */
export const softmax = /* @__PURE__ */ kernelFunction<Float32Array, SoftmaxShape>({
  name: 'softmax',
  ranking: [softmaxThreads, softmaxSimd, softmaxPolynomial],
  extents: ['R', 'C'],
  arrays: ({ R, C }) => ({ '': R * C }),
  blank: ({ '': x }) => new Float32Array(x!),
  // A row is not cut up.
  alone: ({ R, C }) => (R > 1 ? 0.65 * R * C : 0),
});

/** x[N] · Φ(x[N]), the exact GELU: absolute error of Φ below 2^-22. */
export const gelu = /* @__PURE__ */ kernelFunction<Float32Array, ElementwiseShape>({
  name: 'gelu',
  ranking: [geluThreads, geluSimd, geluBlocked],
  extents: ['N'],
  arrays: ({ N }) => ({ '': N }),
  blank: ({ '': x }) => new Float32Array(x!),
  alone: ({ N }) => 0.5 * N,
});

/** tanh(x[N]), within 4 ULP. */
export const tanh = /* @__PURE__ */ kernelFunction<Float32Array, ElementwiseShape>({
  name: 'tanh',
  ranking: [tanhThreads, tanhSimd, tanhBlocked],
  extents: ['N'],
  arrays: ({ N }) => ({ '': N }),
  blank: ({ '': x }) => new Float32Array(x!),
  alone: ({ N }) => 0.4 * N,
});

/** x[R,C] · w[C] / √(mean of x² over its row + 1e-5). */
export const rmsnorm = /* @__PURE__ */ kernelFunction<RmsnormInput, RmsnormShape>({
  name: 'rmsnorm',
  ranking: [rmsnormThreads, rmsnormSimd, rmsnormBlocked],
  extents: ['R', 'C'],
  arrays: ({ R, C }) => ({ x: R * C, w: C }),
  blank: ({ x, w }) => ({ x: new Float32Array(x!), w: new Float32Array(w!) }),
  alone: ({ R, C }) => (R > 1 ? 0.13 * R * C : 0),
});

/**
 * Rotary position embedding of x[T,H,D]; the first token stands at `offset`. Interleaved pairs are (2i, 2i + 1), as in the
 * paper; half pairs (i, i + D/2), as Hugging Face orders them.
 */
export const rope = /* @__PURE__ */ kernelFunction<RopeInput, RopeShape>({
  name: 'rope',
  ranking: [ropeThreads, ropeSimd, ropeBlocked],
  extents: ['T', 'H', 'D'],
  check({ D, layout }) {
    if (D % 2 !== 0) throw new RangeError(`rope: D = ${D} is odd, and elements turn in pairs`);
    if (layout !== 'half' && layout !== 'interleaved')
      throw new RangeError(`rope: no layout "${layout}"; there are interleaved and half`);
  },
  arrays: ({ T, H, D }) => ({ x: T * H * D }),
  blank: ({ x }) => ({ x: new Float32Array(x!), offset: 0 }),
  alone: ({ T, H, D }) => 0.08 * T * H * D,
});

/** Blocks of `q8_0` or `q4_0`, as GGUF files store them, to float32: exact. */
export const dequant = /* @__PURE__ */ kernelFunction<DequantInput, DequantShape>({
  name: 'dequant',
  ranking: [dequantThreads, dequantSimd, dequantBlocked],
  extents: ['R', 'C'],
  check: ({ quant, C }) => checkQuant('dequant', quant, C),
  arrays: ({ R, C, quant }) => ({ blocks: quantBytes(quant, R * C) }),
  blank: ({ blocks }) => ({ blocks: new Uint8Array(blocks!) }),
  alone: ({ R, C }) => 0.08 * R * C,
});
