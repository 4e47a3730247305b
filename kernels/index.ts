/** The one list of kernels. */
import type { Kernel } from './kernel.ts';
import { rmsnorm } from './rmsnorm/index.ts';
import { rope } from './rope/index.ts';
import { softmax } from './softmax/index.ts';

export const KERNELS: readonly Kernel[] = [rmsnorm, rope, softmax];
