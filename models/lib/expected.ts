/** What generations must come out as, and where that is certain. For inputs and references; no variant imports this file. */
import type { Reference } from '../../kernels/kernel.ts';

export interface Generation {
  /** Of each token that is generated, in its order. */
  readonly logits: readonly Float64Array[];
  /** Those of the largest logits. */
  readonly tokens: readonly number[];
}

/** By so much, of the root mean square of a step's logits, its largest is above all others: a hundred times what variants err by. */
const LEAST_MARGIN = 1e-3;

/** Whether no step chose by a near tie, so that rounding cannot change a token. */
export function isCertain({ logits }: Generation): boolean {
  return logits.every((row) => {
    let first = Number.NEGATIVE_INFINITY;
    let second = first;
    for (const v of row) {
      if (v > first) [first, second] = [v, first];
      else if (v > second) second = v;
    }
    return first - second >= LEAST_MARGIN * rootMeanSquare(row);
  });
}

/** The logits of all steps of all of them, then all tokens, which have the scale 1: none may differ. */
export function expected(vocabulary: number, generations: readonly Generation[]): Reference {
  const rows = generations.flatMap(({ logits }) => logits);
  const tokens = generations.flatMap(({ tokens }) => tokens);
  const values = new Float64Array(rows.length * vocabulary + tokens.length);
  const scale = new Float64Array(values.length).fill(1);
  for (const [i, row] of rows.entries()) {
    values.set(row, i * vocabulary);
    scale.fill(rootMeanSquare(row), i * vocabulary, (i + 1) * vocabulary);
  }
  values.set(tokens, rows.length * vocabulary);
  return { values, scale };
}

/** What an element of that is. */
export function placeOf(vocabulary: number, steps: number, index: number): string {
  const step = Math.floor(index / vocabulary);
  return step < steps
    ? `step ${step}, token ${index % vocabulary}`
    : `choice of step ${index - steps * vocabulary}`;
}

/** Errors are held against the usual size of what they are errors of: logits near zero are no more exact than others. */
export function rootMeanSquare(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
}
