/** AdamW: gradients cut to length 1, a rate that warms up and cools down. */
import { learningRate } from '../../kernels/lr-schedule/naive.ts';
import type { Memory } from './memory.ts';

export interface Recipe {
  readonly steps: number;
  /** Steps of them that warm up. */
  readonly warmUp: number;
  /** Learning rate after the warm-up, and at the end. */
  readonly high: number;
  readonly low: number;
}

const BETA1 = 0.9;
/** Lower than the 0.999 of the kernel's cases, as for GPT-3 and Llama. */
const BETA2 = 0.95;
const EPSILON = 1e-8;
const DECAY = 0.1;

/**
 * Takes step `n` (from 0) down the gradient of the latest `backward`, which is cut to length 1.
 * @returns the length of the gradient before it was cut
 */
export function takeStep(memory: Memory, n: number, { steps, warmUp, high, low }: Recipe): number {
  const { gradient, groups } = memory;
  const { clip, adamw } = memory.modules;
  const { squares } = memory.temporary;
  const { ptr: g, length } = gradient;
  clip.squares!(g, g, squares, length, 0, 1);
  clip.scale!(g, g, squares, length, 0, 1);
  const norm = Math.sqrt(new DataView(gradient.view().buffer).getFloat64(squares, true));

  const lr = learningRate(n, steps, warmUp, high, low);
  // Corrections of the moments' bias, folded into rate and epsilon as the kernel wants them.
  const root = Math.sqrt(1 - BETA2 ** (n + 1));
  const rate = (lr * root) / (1 - BETA1 ** (n + 1));
  for (const { states, from, n: N, decays } of groups) {
    const theta = states.ptr;
    const keep = decays ? 1 - lr * DECAY : 1;
    const [m, v] = [theta + 4 * N, theta + 8 * N];
    // In place: what a step reads of an element, it has read before it writes there.
    adamw.adamw!(theta, g + 4 * from, m, v, theta, N, keep, rate, EPSILON * root, 1 - BETA1, 1 - BETA2, 0, 1);
  }
  return norm;
}
