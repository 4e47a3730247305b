/** The one list of kernels. */
import type { Kernel } from './kernel.ts';
import { matmul } from './matmul/index.ts';
import { softmax } from './softmax/index.ts';

export const KERNELS: readonly Kernel[] = [matmul, softmax];
