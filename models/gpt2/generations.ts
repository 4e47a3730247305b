/** What generations must come out as, and prompts for which that is certain. For inputs and references; no variant imports this file. */
import type { Reference } from '../../kernels/kernel.ts';
import type { Rng } from '../../kernels/lib/rng.ts';
import { type Generation, generate } from './reference.ts';
import type { Gpt2Model } from './weights.ts';
import { rootMeanSquare } from './work.ts';

/** By so much, of the root mean square of a step's logits, its largest is above all others: a hundred times what variants err by. */
const LEAST_MARGIN = 1e-3;

function margin({ logits }: Generation): number {
  const margins = logits.map((row) => {
    const [first, second] = Array.from(row).sort((a, b) => b - a);
    return (first! - second!) / rootMeanSquare(row);
  });
  return Math.min(...margins);
}

/** A prompt of random tokens that no step continues by a near tie: rounding cannot change a token. */
export function promptWithoutTies(model: Gpt2Model, length: number, tokens: number, rng: Rng): Int32Array {
  while (true) {
    const prompt = Int32Array.from({ length }, () => rng.integer(model.config.vocabulary));
    if (margin(generate(model, prompt, tokens)) >= LEAST_MARGIN) return prompt;
  }
}

/** The logits of all steps of all of them, then all tokens, which have the scale 1: none may differ. */
export function expected({ config }: Gpt2Model, generations: readonly Generation[]): Reference {
  const rows = generations.flatMap(({ logits }) => logits);
  const tokens = generations.flatMap(({ tokens }) => tokens);
  const values = new Float64Array(rows.length * config.vocabulary + tokens.length);
  const scale = new Float64Array(values.length).fill(1);
  for (const [i, row] of rows.entries()) {
    values.set(row, i * config.vocabulary);
    scale.fill(rootMeanSquare(row), i * config.vocabulary, (i + 1) * config.vocabulary);
  }
  values.set(tokens, rows.length * config.vocabulary);
  return { values, scale };
}
