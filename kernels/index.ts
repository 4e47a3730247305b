/** The one list of kernels. */

import { adamw } from './adamw/index.ts';
import { attentionBackward } from './attention-backward/index.ts';
import { clip } from './clip/index.ts';
import { crossEntropy } from './cross-entropy/index.ts';
import { dequant } from './dequant/index.ts';
import { embeddingBackward } from './embedding-backward/index.ts';
import { gelu } from './gelu/index.ts';
import { geluBackward } from './gelu-backward/index.ts';
import type { Kernel } from './kernel.ts';
import { layernormBackward } from './layernorm-backward/index.ts';
import { lossScale } from './loss-scale/index.ts';
import { lrSchedule } from './lr-schedule/index.ts';
import { matmul } from './matmul/index.ts';
import { rmsnorm } from './rmsnorm/index.ts';
import { rmsnormBackward } from './rmsnorm-backward/index.ts';
import { rope } from './rope/index.ts';
import { ropeBackward } from './rope-backward/index.ts';
import { scratch } from './scratch/index.ts';
import { siluBackward } from './silu-backward/index.ts';
import { softmax } from './softmax/index.ts';
import { softmaxBackward } from './softmax-backward/index.ts';
import { tanh } from './tanh/index.ts';
import { tanhBackward } from './tanh-backward/index.ts';

export const KERNELS: readonly Kernel[] = [
  matmul,
  softmax,
  gelu,
  tanh,
  rmsnorm,
  rope,
  dequant,
  siluBackward,
  geluBackward,
  tanhBackward,
  softmaxBackward,
  crossEntropy,
  rmsnormBackward,
  layernormBackward,
  ropeBackward,
  adamw,
  clip,
  embeddingBackward,
  lrSchedule,
  lossScale,
  attentionBackward,
  scratch,
];
