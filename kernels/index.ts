/** The one list of kernels. */
import { batchedMatmul } from './batched-matmul/index.ts';
import { dequant } from './dequant/index.ts';
import { dot } from './dot/index.ts';
import { einsum } from './einsum/index.ts';
import { gelu } from './gelu/index.ts';
import type { Kernel } from './kernel.ts';
import { matmul } from './matmul/index.ts';
import { matvec } from './matvec/index.ts';
import { rmsnorm } from './rmsnorm/index.ts';
import { rope } from './rope/index.ts';
import { softmax } from './softmax/index.ts';
import { tanh } from './tanh/index.ts';

export const KERNELS: readonly Kernel[] = [
  matmul,
  matvec,
  dot,
  batchedMatmul,
  einsum,
  softmax,
  gelu,
  tanh,
  rmsnorm,
  rope,
  dequant,
];
