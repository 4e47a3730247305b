import { rng } from '../../kernels/lib/rng.ts';
import type { Model } from './model.ts';
import { type Recipe, takeStep } from './optimiser.ts';
import { fillBatch } from './text.ts';

export interface Step {
  /** Steps taken, this one included. */
  readonly taken: number;
  /** Mean loss of the batch before the step, in nats a byte. */
  readonly loss: number;
  /** Length of the gradient before it was cut. */
  readonly gradient: number;
}

/**
 * Trains on windows from anywhere in `text`, from step `first` on. A step has a generator of its own, so that a training that was stopped
 * and one that was not see the same text and end with the same weights.
 */
export function* train(
  model: Model,
  text: Uint8Array,
  recipe: Recipe,
  seed: string,
  first = 0,
): Generator<Step> {
  for (let step = first; step < recipe.steps; step++) {
    fillBatch(text, model.memory.T, model.inputs, model.targets, rng(`${seed}/${step}`));
    model.forward();
    const loss = model.loss();
    model.backward();
    yield { taken: step + 1, loss, gradient: takeStep(model.memory, step, recipe) };
  }
}
