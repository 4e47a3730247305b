/** The one list of kernels. */
import { add } from './add/index.ts';
import { arithmeticCoder } from './arithmetic-coder/index.ts';
import { attention } from './attention/index.ts';
import { attentionDecode } from './attention-decode/index.ts';
import { batchedMatmul } from './batched-matmul/index.ts';
import { biasGelu } from './bias-gelu/index.ts';
import { bitIo } from './bit-io/index.ts';
import { bpeEncode } from './bpe-encode/index.ts';
import { bpeTrain } from './bpe-train/index.ts';
import { cdf } from './cdf/index.ts';
import { cdfSearch } from './cdf-search/index.ts';
import { contextWindow } from './context-window/index.ts';
import { dequant } from './dequant/index.ts';
import { dot } from './dot/index.ts';
import { einsum } from './einsum/index.ts';
import { embedding } from './embedding/index.ts';
import { exp } from './exp/index.ts';
import { f16Codec } from './f16-codec/index.ts';
import { fakeQuant } from './fake-quant/index.ts';
import { gelu } from './gelu/index.ts';
import type { Kernel } from './kernel.ts';
import { kvCache } from './kv-cache/index.ts';
import { layernorm } from './layernorm/index.ts';
import { logSoftmax } from './log-softmax/index.ts';
import { matmul } from './matmul/index.ts';
import { matvec } from './matvec/index.ts';
import { qmatmul } from './qmatmul/index.ts';
import { qmatvec } from './qmatvec/index.ts';
import { quantize } from './quantize/index.ts';
import { relu } from './relu/index.ts';
import { residualRmsnorm } from './residual-rmsnorm/index.ts';
import { rmsnorm } from './rmsnorm/index.ts';
import { rope } from './rope/index.ts';
import { sample } from './sample/index.ts';
import { sigmoid } from './sigmoid/index.ts';
import { silu } from './silu/index.ts';
import { softmax } from './softmax/index.ts';
import { swiglu } from './swiglu/index.ts';
import { tanh } from './tanh/index.ts';

export const KERNELS: readonly Kernel[] = [
  matmul,
  matvec,
  dot,
  batchedMatmul,
  einsum,
  softmax,
  logSoftmax,
  gelu,
  biasGelu,
  tanh,
  sigmoid,
  silu,
  swiglu,
  exp,
  relu,
  add,
  fakeQuant,
  rmsnorm,
  residualRmsnorm,
  layernorm,
  rope,
  attention,
  attentionDecode,
  kvCache,
  dequant,
  qmatvec,
  qmatmul,
  quantize,
  f16Codec,
  embedding,
  contextWindow,
  sample,
  cdf,
  cdfSearch,
  bitIo,
  arithmeticCoder,
  bpeEncode,
  bpeTrain,
];
