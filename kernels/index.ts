/** The one list of kernels. */

import { gelu } from './gelu/index.ts';
import type { Kernel } from './kernel.ts';
import { softmax } from './softmax/index.ts';
import { tanh } from './tanh/index.ts';

export const KERNELS: readonly Kernel[] = [softmax, gelu, tanh];
