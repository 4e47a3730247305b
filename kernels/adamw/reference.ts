import type { Reference } from '../kernel.ts';
import { BETA1, BETA2, DECAY, EPSILON, LR } from './constants.ts';
import type { AdamwInput, AdamwShape } from './index.ts';

/** Of the kernel's tolerance. */
export const BOUND = 5 * 2 ** -24;

/** The formula in float64. What is below the smallest normal float32 may be taken for 0: a square of a gradient below 1e-19. */
export function adamwReference({ theta, g, m, v }: AdamwInput, { N, step }: AdamwShape): Reference {
  const values = new Float64Array(3 * N);
  const scale = new Float64Array(3 * N);
  const flushed = 2 ** -125 / BOUND;
  for (let i = 0; i < N; i++) {
    const mean = BETA1 * m[i]! + (1 - BETA1) * g[i]!;
    const square = BETA2 * v[i]! + (1 - BETA2) * g[i]! ** 2;
    const rate = LR / (1 - BETA1 ** step) / (Math.sqrt(square / (1 - BETA2 ** step)) + EPSILON);
    const magnitude = BETA1 * Math.abs(m[i]!) + (1 - BETA1) * Math.abs(g[i]!);
    values[i] = theta[i]! - LR * DECAY * theta[i]! - rate * mean;
    values[N + i] = mean;
    values[2 * N + i] = square;
    scale[i] = Math.abs(theta[i]!) + rate * magnitude + flushed;
    scale[N + i] = magnitude + flushed;
    scale[2 * N + i] = v[i]! + (1 - BETA2) * g[i]! ** 2 + flushed;
  }
  return { values, scale };
}
