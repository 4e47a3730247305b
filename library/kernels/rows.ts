/** Functions of the rows of a matrix: softmax, norms, losses, and their gradients. A row is not cut up among threads. */

import { blocked as biasGeluJs } from '../../kernels/bias-gelu/blocked.ts';
import type { BiasGeluInput } from '../../kernels/bias-gelu/index.ts';
import { simd as biasGeluSimd, simdThreads as biasGeluThreads } from '../../kernels/bias-gelu/simd.ts';
import { blocked as crossEntropyJs } from '../../kernels/cross-entropy/blocked.ts';
import type { CrossEntropyInput, CrossEntropyShape } from '../../kernels/cross-entropy/index.ts';
import {
  simd as crossEntropySimd,
  simdThreads as crossEntropyThreads,
} from '../../kernels/cross-entropy/simd.ts';
import { blocked as fakeQuantJs } from '../../kernels/fake-quant/blocked.ts';
import type { FakeQuantShape } from '../../kernels/fake-quant/index.ts';
import { simd as fakeQuantSimd, simdThreads as fakeQuantThreads } from '../../kernels/fake-quant/simd.ts';
import { blocked as layernormJs } from '../../kernels/layernorm/blocked.ts';
import type { LayernormInput } from '../../kernels/layernorm/index.ts';
import { simd as layernormSimd, simdThreads as layernormThreads } from '../../kernels/layernorm/simd.ts';
import { blocked as layernormBackwardJs } from '../../kernels/layernorm-backward/blocked.ts';
import type {
  LayernormBackwardInput,
  LayernormBackwardShape,
} from '../../kernels/layernorm-backward/index.ts';
import {
  simd as layernormBackwardSimd,
  simdThreads as layernormBackwardThreads,
} from '../../kernels/layernorm-backward/simd.ts';
import type { RowsShape } from '../../kernels/lib/rows.ts';
import { blocked as logSoftmaxJs } from '../../kernels/log-softmax/blocked.ts';
import { simd as logSoftmaxSimd, simdThreads as logSoftmaxThreads } from '../../kernels/log-softmax/simd.ts';
import { blocked as residualRmsnormJs } from '../../kernels/residual-rmsnorm/blocked.ts';
import type { ResidualRmsnormInput } from '../../kernels/residual-rmsnorm/index.ts';
import {
  simd as residualRmsnormSimd,
  simdThreads as residualRmsnormThreads,
} from '../../kernels/residual-rmsnorm/simd.ts';
import { blocked as rmsnormJs } from '../../kernels/rmsnorm/blocked.ts';
import type { RmsnormInput, RmsnormShape } from '../../kernels/rmsnorm/index.ts';
import { simd as rmsnormSimd, simdThreads as rmsnormThreads } from '../../kernels/rmsnorm/simd.ts';
import { blocked as rmsnormBackwardJs } from '../../kernels/rmsnorm-backward/blocked.ts';
import type { RmsnormBackwardInput, RmsnormBackwardShape } from '../../kernels/rmsnorm-backward/index.ts';
import {
  simd as rmsnormBackwardSimd,
  simdThreads as rmsnormBackwardThreads,
} from '../../kernels/rmsnorm-backward/simd.ts';
import type { SoftmaxShape } from '../../kernels/softmax/index.ts';
import { polynomial as softmaxJs } from '../../kernels/softmax/polynomial.ts';
import { simd as softmaxSimd, simdThreads as softmaxThreads } from '../../kernels/softmax/simd.ts';
import type { SoftmaxBackwardInput, SoftmaxBackwardShape } from '../../kernels/softmax-backward/index.ts';
import { naive as softmaxBackwardJs } from '../../kernels/softmax-backward/naive.ts';
import {
  simd as softmaxBackwardSimd,
  simdThreads as softmaxBackwardThreads,
} from '../../kernels/softmax-backward/simd.ts';
import { checkIndices, kernelFunction } from '../kernel-function.ts';

export type { BiasGeluInput } from '../../kernels/bias-gelu/index.ts';
export type { CrossEntropyInput, CrossEntropyShape } from '../../kernels/cross-entropy/index.ts';
export type { FakeQuantShape } from '../../kernels/fake-quant/index.ts';
export type { LayernormInput } from '../../kernels/layernorm/index.ts';
export type {
  LayernormBackwardInput,
  LayernormBackwardShape,
} from '../../kernels/layernorm-backward/index.ts';
export type { RowsShape } from '../../kernels/lib/rows.ts';
export type { ResidualRmsnormInput } from '../../kernels/residual-rmsnorm/index.ts';
export type { RmsnormInput, RmsnormShape } from '../../kernels/rmsnorm/index.ts';
export type { RmsnormBackwardInput, RmsnormBackwardShape } from '../../kernels/rmsnorm-backward/index.ts';
export type { SoftmaxShape } from '../../kernels/softmax/index.ts';
export type { SoftmaxBackwardInput, SoftmaxBackwardShape } from '../../kernels/softmax-backward/index.ts';

/** @param ns what an element takes one thread */
const byRows =
  (ns: number) =>
  ({ R, C }: RowsShape): number =>
    R > 1 ? ns * R * C : 0;

/** Softmax of each of the R rows of x[R,C]. Rows of −Infinity and with a NaN give NaN. */
export const softmax = /* @__PURE__ */ kernelFunction<Float32Array, SoftmaxShape>({
  name: 'softmax',
  ranking: [softmaxThreads, softmaxSimd, softmaxJs],
  extents: ['R', 'C'],
  arrays: ({ R, C }) => ({ '': R * C }),
  alone: byRows(0.65),
});

/** x[R,C] − max − ln Σ exp(x − max) of each row. −Infinity stays; a row of only −Infinity, with Infinity or with a NaN is NaN. */
export const logSoftmax = /* @__PURE__ */ kernelFunction<Float32Array, RowsShape>({
  name: 'log-softmax',
  ranking: [logSoftmaxThreads, logSoftmaxSimd, logSoftmaxJs],
  extents: ['R', 'C'],
  arrays: ({ R, C }) => ({ '': R * C }),
  alone: byRows(0.58),
});

/** x[R,C] · w[C] / √(mean of x² over its row + 1e-5). */
export const rmsnorm = /* @__PURE__ */ kernelFunction<RmsnormInput, RmsnormShape>({
  name: 'rmsnorm',
  ranking: [rmsnormThreads, rmsnormSimd, rmsnormJs],
  extents: ['R', 'C'],
  arrays: ({ R, C }) => ({ x: R * C, w: C }),
  alone: byRows(0.13),
});

/** The sum x[R,C] + residual[R,C], and behind it the RMSNorm of that sum with the gains w[C]: 2 · R · C elements. */
export const residualRmsnorm = /* @__PURE__ */ kernelFunction<ResidualRmsnormInput, RowsShape>({
  name: 'residual-rmsnorm',
  ranking: [residualRmsnormThreads, residualRmsnormSimd, residualRmsnormJs],
  extents: ['R', 'C'],
  arrays: ({ R, C }) => ({ x: R * C, residual: R * C, w: C }),
  alone: byRows(0.21),
});

/** (x[R,C] − mean) · w[C] / √(variance + 1e-5) + b[C], mean and variance of its row. A row with a NaN or an Infinity is NaN. */
export const layernorm = /* @__PURE__ */ kernelFunction<LayernormInput, RowsShape>({
  name: 'layernorm',
  ranking: [layernormThreads, layernormSimd, layernormJs],
  extents: ['R', 'C'],
  arrays: ({ R, C }) => ({ x: R * C, w: C, b: C }),
  alone: byRows(0.2),
});

/** The exact GELU of x[R,C] + bias[C]. */
export const biasGelu = /* @__PURE__ */ kernelFunction<BiasGeluInput, RowsShape>({
  name: 'bias-gelu',
  ranking: [biasGeluThreads, biasGeluSimd, biasGeluJs],
  extents: ['R', 'C'],
  arrays: ({ R, C }) => ({ x: R * C, bias: C }),
  alone: byRows(0.57),
});

/**
 * x[R,C] in symmetric integers of B bits and back, a scale s = max|x| / (2^(B − 1) − 1) for each row: s · round(x / s), halves to even.
 * B is from 2 to 16.
 */
export const fakeQuant = /* @__PURE__ */ kernelFunction<Float32Array, FakeQuantShape>({
  name: 'fake-quant',
  ranking: [fakeQuantThreads, fakeQuantSimd, fakeQuantJs],
  extents: ['R', 'C', 'B'],
  check({ B }) {
    if (!(B >= 2 && B <= 16)) throw new RangeError(`fake-quant: B = ${B} is not in 2 … 16`);
  },
  arrays: ({ R, C }) => ({ '': R * C }),
  alone: byRows(0.23),
});

/**
 * The loss of each row of logits x[R,C], −log of the softmax at target[R], and behind them the gradient of their mean with respect to
 * the logits: R + R · C elements. A NaN in a row makes the row NaN.
 */
export const crossEntropy = /* @__PURE__ */ kernelFunction<CrossEntropyInput, CrossEntropyShape>({
  name: 'cross-entropy',
  ranking: [crossEntropyThreads, crossEntropySimd, crossEntropyJs],
  extents: ['R', 'C'],
  types: { target: Int32Array },
  checkElements: ({ target }, { C }) => checkIndices('cross-entropy', 'target', target, C),
  arrays: ({ R, C }) => ({ x: R * C, target: R }),
  alone: byRows(0.63),
});

/** Gradient of softmax, from its result y[R,C] and the gradient g[R,C] with respect to it: y · (g − Σ g · y). */
export const softmaxBackward = /* @__PURE__ */ kernelFunction<SoftmaxBackwardInput, SoftmaxBackwardShape>({
  name: 'softmax-backward',
  ranking: [softmaxBackwardThreads, softmaxBackwardSimd, softmaxBackwardJs],
  extents: ['R', 'C'],
  arrays: ({ R, C }) => ({ y: R * C, g: R * C }),
  alone: byRows(0.17),
});

/** Gradients of RMSNorm, from what it was given: of x[R,C], and behind them of w[C]. */
export const rmsnormBackward = /* @__PURE__ */ kernelFunction<RmsnormBackwardInput, RmsnormBackwardShape>({
  name: 'rmsnorm-backward',
  ranking: [rmsnormBackwardThreads, rmsnormBackwardSimd, rmsnormBackwardJs],
  extents: ['R', 'C'],
  arrays: ({ R, C }) => ({ x: R * C, w: C, g: R * C }),
  alone: byRows(0.28),
});

/** Gradients of LayerNorm, from what it was given: of x[R,C], and behind them of w[C] and of the offset b[C]. */
export const layernormBackward = /* @__PURE__ */ kernelFunction<
  LayernormBackwardInput,
  LayernormBackwardShape
>({
  name: 'layernorm-backward',
  ranking: [layernormBackwardThreads, layernormBackwardSimd, layernormBackwardJs],
  extents: ['R', 'C'],
  arrays: ({ R, C }) => ({ x: R * C, w: C, g: R * C }),
  alone: byRows(0.49),
});
