import { defineVariant } from '../../kernels/kernel.ts';
import { jsGeneration, Output } from '../lib/generation.ts';
import { hidden, lastLogits, logitsOf } from './forward.ts';
import type { GenerateInput, GenerateShape } from './input.ts';
import type { Gpt2Model } from './weights.ts';

/** A generation that runs the model on the whole context for each token. */
const recomputing = (
  name: string,
  ledger: readonly string[],
  idea: string,
  forward: (model: Gpt2Model, context: Int32Array) => Float32Array,
) =>
  defineVariant<GenerateInput, GenerateShape>({
    name,
    backend: 'js',
    idea,
    ledger,
    prepare(input, { tokens }, { scopes }) {
      const { prompt } = input;
      const model = input.model.tracedBy(scopes);
      const { vocabulary } = model.config;
      const output = new Output(model.config, tokens);
      return jsGeneration(output, () => {
        const context = Array.from(prompt);
        for (let i = 0; i < tokens; i++) {
          const logits = forward(model, Int32Array.from(context));
          context.push(output.choose(i, logits, logits.length - vocabulary));
        }
      });
    },
  });

export const naive = recomputing(
  'naive',
  ['S4-11', 'S4-12'],
  'the whole context for every token, and the logits of all its positions, of which the last are used: the seed, as it was measured',
  (model, context) => logitsOf(model, hidden(model, context)),
);

export const lastHead = recomputing(
  'last-head',
  ['S1-11'],
  'the same, but logits of the last token alone',
  (model, context) => lastLogits(model, hidden(model, context)),
);
