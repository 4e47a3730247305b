/** The layers that all variants run, with the memory for their results as a parameter. */
import type { ScratchInput } from './index.ts';

export const LAYERS = 4;

/** out = a · b; `out` may be either. */
export function multiply(a: Float32Array, b: Float32Array, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = a[i]! * b[i]!;
}

/** out = a + b; `out` may be either. */
export function add(a: Float32Array, b: Float32Array, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) out[i] = a[i]! + b[i]!;
}

/** out = max(0, a), a NaN stays one; `out` may be `a`. */
export function relu(a: Float32Array, out: Float32Array): void {
  for (let i = 0; i < out.length; i++) {
    const v = a[i]!;
    out[i] = v < 0 ? 0 : v;
  }
}

/** Where arrays come from and go to. */
export interface Memory {
  /** An array of `n` elements, whatever they hold. */
  rent(n: number): Float32Array;
  /** What is rented may be given out again. */
  giveBack(array: Float32Array): void;
}

/** All layers, each result in an array from `memory`, which is given back as soon as nothing reads it any more. */
export function runLayers({ x, w, b }: ScratchInput, out: Float32Array, memory: Memory): void {
  const n = out.length;
  let current = x;
  for (let layer = 0; layer < LAYERS; layer++) {
    const product = memory.rent(n);
    multiply(current, w, product);
    const sum = memory.rent(n);
    add(product, b, sum);
    memory.giveBack(product);
    const positive = memory.rent(n);
    relu(sum, positive);
    memory.giveBack(sum);
    const next = memory.rent(n);
    add(current, positive, next);
    memory.giveBack(positive);
    if (current !== x) memory.giveBack(current);
    current = next;
  }
  out.set(current);
  memory.giveBack(current);
}
