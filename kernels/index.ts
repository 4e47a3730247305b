/** The one list of kernels. */
import { arithmeticCoder } from './arithmetic-coder/index.ts';
import { bitIo } from './bit-io/index.ts';
import { bpeEncode } from './bpe-encode/index.ts';
import { bpeTrain } from './bpe-train/index.ts';
import { cdf } from './cdf/index.ts';
import { cdfSearch } from './cdf-search/index.ts';
import { contextWindow } from './context-window/index.ts';
import { dequant } from './dequant/index.ts';
import { embedding } from './embedding/index.ts';
import { gelu } from './gelu/index.ts';
import type { Kernel } from './kernel.ts';
import { matmul } from './matmul/index.ts';
import { rmsnorm } from './rmsnorm/index.ts';
import { rope } from './rope/index.ts';
import { sample } from './sample/index.ts';
import { softmax } from './softmax/index.ts';
import { tanh } from './tanh/index.ts';

export const KERNELS: readonly Kernel[] = [
  matmul,
  softmax,
  gelu,
  tanh,
  rmsnorm,
  rope,
  dequant,
  cdf,
  cdfSearch,
  bitIo,
  arithmeticCoder,
  contextWindow,
  sample,
  bpeTrain,
  bpeEncode,
  embedding,
];
