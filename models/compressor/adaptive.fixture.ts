/** A model for tests that costs next to nothing: how often each byte followed one with the same low bits. */
import type { NextByte } from './next-byte.ts';

const CONTEXTS = 16;

export class Adaptive implements NextByte {
  readonly path: string;
  readonly hash = new Uint8Array(8).fill(7);
  readonly period = 8;
  readonly #counts = new Float32Array(256 * CONTEXTS);
  readonly #logits = new Float32Array(256 * CONTEXTS);
  #context = 0;

  constructor(path = 'adaptive') {
    this.path = path;
  }

  begin(): void {
    this.#counts.fill(0.01);
    this.#logits.fill(Math.log(0.01));
    this.#context = 0;
  }

  push(byte: number): void {
    const at = 256 * this.#context + byte;
    this.#logits[at] = Math.log(++this.#counts[at]!);
    this.#context = byte % CONTEXTS;
  }

  logits(): Float32Array {
    return this.#logits.subarray(256 * this.#context, 256 * (this.#context + 1));
  }

  dispose(): void {}
}
