/** Bytes to compress. */
import type { Rng } from '../../kernels/lib/rng.ts';

/** English, in the words of this project. */
const ENGLISH =
  'A language model says how likely each byte is to come next, and an arithmetic coder spends as many bits on the one that came as that ' +
  'was unlikely: what the model expects costs next to nothing, and what surprises it costs a lot. The decoder runs the same model over ' +
  'the same bytes, so that it expects the same, and finds in the stream which of them came. "Nothing else is stored," they say; yet one ' +
  'bit of one sum that is rounded otherwise, 1 in 1,000,000, and all that follows is lost.\n\nSo the stream says which model made it, ' +
  'and how it was computed. Whoever has another one is told in a line, not in 10 MB of noise.\n';

export const TEXTS = ['text', 'random', 'runs'] as const;
export type TextName = (typeof TEXTS)[number];

/** `length` bytes: English from anywhere on, noise, or runs of one byte, some of them long. */
export function bytesOf(name: TextName, length: number, rng: Rng): Uint8Array {
  const out = new Uint8Array(length);
  if (name === 'text') {
    const from = rng.integer(ENGLISH.length);
    return out.map((_, i) => ENGLISH.charCodeAt((from + i) % ENGLISH.length));
  }
  if (name === 'random') return out.map(() => rng.integer(256));
  for (let i = 0; i < length; ) {
    const end = i + 1 + Math.floor(2 ** (10 * rng.uniform()));
    out.fill(rng.integer(256), i, end);
    i = end;
  }
  return out;
}
