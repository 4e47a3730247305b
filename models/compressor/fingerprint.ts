/** What a path computes, in eight bytes. */
import { rng } from '../../kernels/lib/rng.ts';
import { Hash } from './checksums.ts';
import { Frequencies } from './frequencies.ts';
import type { NextByte } from './next-byte.ts';

const TEXT = 'The quick brown fox jumps over the lazy dog; 0123456789 and so on.\n';
/** Bytes behind a period, so that what follows a restart is seen too. */
const BEYOND = 16;

/**
 * A hash of the tables that the model makes of a fixed text with random bytes in it, over a period and a little more. Where two differ the
 * models, or how their engines round, do. Where they are equal that is no proof for every other text: what the last bit of one logit changes
 * elsewhere the checksum of the original finds.
 */
export function fingerprintOf(model: NextByte): Uint8Array {
  const frequencies = new Frequencies();
  const hash = new Hash().text(model.path);
  const random = rng('fingerprint');
  model.begin();
  for (let n = 0; n < model.period + BEYOND; n++) {
    hash.add(frequencies.of(model.logits()));
    model.push(n % 4 === 3 ? random.integer(256) : TEXT.charCodeAt(n % TEXT.length));
  }
  return hash.digest();
}
