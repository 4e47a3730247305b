/** The one list of kernels. */
import type { Kernel } from './kernel.ts';
import { softmax } from './softmax/index.ts';
import { tanh } from './tanh/index.ts';

export const KERNELS: readonly Kernel[] = [softmax, tanh];
