import { KERNELS } from '../kernels/index.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { compressKernel, decompressKernel } from './compressor/index.ts';
import { gpt2Batch, gpt2Generate, gpt2Window } from './gpt2/index.ts';
import {
  llamaBranches,
  llamaDecode,
  llamaGenerate,
  llamaLatency,
  llamaLoad,
  llamaPrefill,
} from './llama/index.ts';

/** Whole models, in the order in which they are shown. */
export const PIPELINES: readonly Kernel[] = [
  ...[llamaDecode, llamaPrefill, llamaGenerate, llamaBranches, llamaLatency, llamaLoad],
  ...[gpt2Generate, gpt2Batch, gpt2Window],
  ...[compressKernel, decompressKernel],
];

/** Everything that is measured. */
export const SUBJECTS: readonly Kernel[] = [...KERNELS, ...PIPELINES];
