/** When a generation ends before its time. */
export interface StopRules {
  /** Tokens that end it: end of text, padding. */
  readonly ends?: readonly number[];
  /** Most tokens. */
  readonly length: number;
  /**
   * It ends when `patience` tokens in a row have a probability below `least`. With a patience of 1 any single one ends it, and no rule about
   * several can ever be reached. Such a rule finds a model that does not know how to go on; not one that repeats itself, which is sure of
   * what it repeats.
   */
  readonly confidence?: { readonly least: number; readonly patience: number };
}

export type StopReason = 'end' | 'length' | 'confidence';

/** Below 0.15, three times in a row. */
export const UNSURE = { least: 0.15, patience: 3 };

/**
 * To be asked once for each token, in their order.
 * @returns a function of the token and its probability that says why to stop behind it, or undefined; an end comes first, then length
 */
export function stopper({ ends = [], length, confidence }: StopRules) {
  let count = 0;
  let unsure = 0;
  return (token: number, probability: number): StopReason | undefined => {
    count++;
    unsure = confidence && probability < confidence.least ? unsure + 1 : 0;
    if (ends.includes(token)) return 'end';
    if (count >= length) return 'length';
    return confidence && unsure >= confidence.patience ? 'confidence' : undefined;
  };
}

/** The softmax's share of one of the logits. */
export function probabilityOf(logits: ArrayLike<number>, token: number): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) highest = Math.max(highest, logits[i]!);
  let total = 0;
  for (let i = 0; i < logits.length; i++) total += Math.exp(logits[i]! - highest);
  return Math.exp(logits[token]! - highest) / total;
}
