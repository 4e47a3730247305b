/** Half-precision gradients, and the choice of the scale that keeps them in its range. */
import { decodeHalf, encodeHalf } from '../lib/f16.ts';

/** The step of gradient descent. */
export const LR = 0.01;

/** The nearest half-precision number: 0 below 2^-25, Infinity from 65520. */
export function roundHalf(v: number): number {
  return decodeHalf(encodeHalf(v));
}

/** A dynamic scale and how many steps it has been good. */
export interface DynamicScale {
  readonly scale: number;
  readonly good: number;
}

/**
 * What scale the next step takes: half of it after a step with a gradient that is not finite, twice after `interval` good ones in a row
 * (PyTorch's `GradScaler` and NVIDIA's Apex wait for 2000).
 */
export function nextScale({ scale, good }: DynamicScale, finite: boolean, interval = 2000): DynamicScale {
  if (!finite) return { scale: Math.max(scale / 2, 1), good: 0 };
  return good + 1 === interval ? { scale: scale * 2, good: 0 } : { scale, good: good + 1 };
}
