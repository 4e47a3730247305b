/** The one list of kernels. */
import { add } from './add/index.ts';
import { attention } from './attention/index.ts';
import { attentionDecode } from './attention-decode/index.ts';
import { dequant } from './dequant/index.ts';
import { dot } from './dot/index.ts';
import { exp } from './exp/index.ts';
import { gelu } from './gelu/index.ts';
import type { Kernel } from './kernel.ts';
import { kvCache } from './kv-cache/index.ts';
import { matmul } from './matmul/index.ts';
import { matvec } from './matvec/index.ts';
import { relu } from './relu/index.ts';
import { rmsnorm } from './rmsnorm/index.ts';
import { rope } from './rope/index.ts';
import { sigmoid } from './sigmoid/index.ts';
import { silu } from './silu/index.ts';
import { softmax } from './softmax/index.ts';
import { tanh } from './tanh/index.ts';

export const KERNELS: readonly Kernel[] = [
  matmul,
  matvec,
  dot,
  softmax,
  gelu,
  tanh,
  sigmoid,
  silu,
  exp,
  relu,
  add,
  rmsnorm,
  rope,
  attention,
  attentionDecode,
  kvCache,
  dequant,
];
