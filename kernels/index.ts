/** The one list of kernels. */
import { adamw } from './adamw/index.ts';
import { add } from './add/index.ts';
import { arithmeticCoder } from './arithmetic-coder/index.ts';
import { attention } from './attention/index.ts';
import { attentionBackward } from './attention-backward/index.ts';
import { attentionDecode } from './attention-decode/index.ts';
import { batchedMatmul } from './batched-matmul/index.ts';
import { biasGelu } from './bias-gelu/index.ts';
import { bitIo } from './bit-io/index.ts';
import { bpeEncode } from './bpe-encode/index.ts';
import { bpeTrain } from './bpe-train/index.ts';
import { cdf } from './cdf/index.ts';
import { cdfSearch } from './cdf-search/index.ts';
import { clip } from './clip/index.ts';
import { contextWindow } from './context-window/index.ts';
import { crossEntropy } from './cross-entropy/index.ts';
import { dequant } from './dequant/index.ts';
import { dot } from './dot/index.ts';
import { einsum } from './einsum/index.ts';
import { embedding } from './embedding/index.ts';
import { embeddingBackward } from './embedding-backward/index.ts';
import { exp } from './exp/index.ts';
import { f16Codec } from './f16-codec/index.ts';
import { fakeQuant } from './fake-quant/index.ts';
import { gelu } from './gelu/index.ts';
import { geluBackward } from './gelu-backward/index.ts';
import type { Kernel } from './kernel.ts';
import { kvCache } from './kv-cache/index.ts';
import { layernorm } from './layernorm/index.ts';
import { layernormBackward } from './layernorm-backward/index.ts';
import { logSoftmax } from './log-softmax/index.ts';
import { lossScale } from './loss-scale/index.ts';
import { lrSchedule } from './lr-schedule/index.ts';
import { matmul } from './matmul/index.ts';
import { matvec } from './matvec/index.ts';
import { qkv } from './qkv/index.ts';
import { qmatmul } from './qmatmul/index.ts';
import { qmatvec } from './qmatvec/index.ts';
import { quantize } from './quantize/index.ts';
import { relu } from './relu/index.ts';
import { residualRmsnorm } from './residual-rmsnorm/index.ts';
import { rmsnorm } from './rmsnorm/index.ts';
import { rmsnormBackward } from './rmsnorm-backward/index.ts';
import { rope } from './rope/index.ts';
import { ropeBackward } from './rope-backward/index.ts';
import { sample } from './sample/index.ts';
import { scratch } from './scratch/index.ts';
import { sigmoid } from './sigmoid/index.ts';
import { silu } from './silu/index.ts';
import { siluBackward } from './silu-backward/index.ts';
import { softmax } from './softmax/index.ts';
import { softmaxBackward } from './softmax-backward/index.ts';
import { swiglu } from './swiglu/index.ts';
import { tanh } from './tanh/index.ts';
import { tanhBackward } from './tanh-backward/index.ts';

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
  qkv,
  attention,
  attentionDecode,
  kvCache,
  scratch,
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
  crossEntropy,
  softmaxBackward,
  geluBackward,
  siluBackward,
  tanhBackward,
  layernormBackward,
  rmsnormBackward,
  ropeBackward,
  attentionBackward,
  embeddingBackward,
  adamw,
  clip,
  lrSchedule,
  lossScale,
  bpeEncode,
  bpeTrain,
];
