/** What a generation gives: logits and tokens, however the model comes to them. */
import type { Prepared } from '../../kernels/kernel.ts';

/** Where a generation writes: of each step its logits, `[tokens, vocabulary]`, and the token that it chose. */
export class Output {
  readonly logits: Float32Array;
  readonly tokens: Int32Array;
  readonly #vocabulary: number;

  constructor({ vocabulary }: { readonly vocabulary: number }, tokens: number) {
    this.#vocabulary = vocabulary;
    this.logits = new Float32Array(tokens * vocabulary).fill(Number.NaN);
    this.tokens = new Int32Array(tokens).fill(-1);
  }

  /** Keeps the logits of a step, which begin at `from`, and returns the token that it chooses. */
  choose(step: number, logits: Float32Array, from = 0): number {
    const at = step * this.#vocabulary;
    let best = 0;
    for (let i = 0; i < this.#vocabulary; i++) {
      this.logits[at + i] = logits[from + i]!;
      if (logits[from + i]! > logits[from + best]!) best = i;
    }
    this.tokens[step] = best;
    return best;
  }
}

/** A plain JavaScript variant: `generate` does all from the prompt on. */
export function jsGeneration(output: Output, generate: () => void): Prepared {
  return {
    run: generate,
    read: () => flat(output.logits, output.tokens),
    poison(value) {
      output.logits.fill(value);
      output.tokens.fill(-1);
    },
    dispose: () => {},
  };
}

/** Logits and tokens as the one array that is compared. */
export function flat(logits: Float32Array, tokens: Int32Array): Float32Array {
  const out = new Float32Array(logits.length + tokens.length);
  out.set(logits);
  out.set(tokens, logits.length);
  return out;
}
