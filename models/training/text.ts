/** The text: bytes to tokens, what is trained on and what is held out, windows. */
import type { Rng } from '../../kernels/lib/rng.ts';
import { BEGIN, SPECIALS } from './shape.ts';

/** The share at the end of the text that is never trained on. */
const HELD_OUT = 0.05;

/**
 * The text as it is trained on, from what `bible -l9999` prints: a verse a line without its number, which says nothing; headings of
 * chapters stay.
 */
export function plainText(printed: Uint8Array): Uint8Array {
  const text = new TextDecoder('latin1').decode(printed).replace(/^ {2}\d+ /gm, '');
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Training and held-out text; the latter begins at a line. */
export function split(text: Uint8Array): { train: Uint8Array; heldOut: Uint8Array } {
  const at = text.indexOf(10, Math.floor(text.length * (1 - HELD_OUT))) + 1;
  return { train: text.subarray(0, at), heldOut: text.subarray(at) };
}

/** The tokens of bytes. */
export const tokensOf = (bytes: Uint8Array): Int32Array => Int32Array.from(bytes, (byte) => byte + SPECIALS);

/**
 * A window of `T` bytes for training or evaluation: what the model sees, which is `<s>` and all bytes but the last, and what it is to
 * say, which are the bytes. So the first byte counts as all others.
 */
export function fillWindow(bytes: Uint8Array, inputs: Int32Array, targets: Int32Array, at: number): void {
  let before = BEGIN;
  for (let t = 0; t < bytes.length; t++) {
    inputs[at + t] = before;
    before = bytes[t]! + SPECIALS;
    targets[at + t] = before;
  }
}

/** Fills `B` windows of `T` bytes from anywhere in the text. */
export function fillBatch(
  text: Uint8Array,
  T: number,
  inputs: Int32Array,
  targets: Int32Array,
  random: Rng,
): void {
  for (let at = 0; at < inputs.length; at += T) {
    const start = random.integer(text.length - T + 1);
    fillWindow(text.subarray(start, start + T), inputs, targets, at);
  }
}
