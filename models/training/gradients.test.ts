/** The WASM model against plain float64: logits, and the gradient against finite differences. */
import { describe, expect, it } from 'vitest';
import { centralDifferences, relativeDistance } from '../../kernels/lib/finite-differences.ts';
import { rng } from '../../kernels/lib/rng.ts';
import { initialWeights } from './initial.ts';
import { Model } from './model.ts';
import { takeStep } from './optimiser.ts';
import { logitsOf, lossOf } from './plain.ts';
import { isNorm, type ModelShape, weightShapes } from './shape.ts';

/** Odd where it may be, with groups of two heads. */
const TINY: ModelShape = { layers: 2, d: 8, heads: 2, kvHeads: 1, ffn: 9, vocabulary: 11, context: 7 };
const WINDOWS = 3;

const random = rng('tokens');
const tokens = (): Int32Array => Int32Array.from({ length: WINDOWS * 7 }, () => random.integer(11));
const inputs = tokens();
const targets = tokens();

/** Larger than one begins with, gains other than 1: every path carries weight. */
const weights = new Map(
  [...initialWeights(TINY, 'tiny')].map(([name, values]) => [
    name,
    name.includes('norm') ? values.map((v, i) => v + 0.3 * Math.sin(i + 1)) : values.map((v) => 3 * v),
  ]),
);

async function tinyModel(): Promise<Model> {
  const model = await Model.create(TINY, WINDOWS);
  model.setWeights(weights);
  model.inputs.set(inputs);
  model.targets.set(targets);
  return model;
}

/** The mean loss in float64, with one weight's values replaced. */
function plainLoss(name?: string, values?: Float64Array): number {
  const changed = new Map<string, Float32Array | Float64Array>(weights);
  if (name !== undefined && values) changed.set(name, values);
  let total = 0;
  for (let at = 0; at < inputs.length; at += TINY.context) {
    const logits = logitsOf(TINY, changed, inputs.subarray(at, at + TINY.context));
    for (const [t, row] of logits.entries()) total += lossOf(row, targets[at + t]!);
  }
  return total / inputs.length;
}

// A second where nothing else runs.
describe('the WASM model', { timeout: 60_000 }, () => {
  it('gives the logits of float64 within 2e-6 of the largest, and its loss within 1e-6', async () => {
    const model = await tinyModel();
    const logits = model.forward();
    const plain = [0, 1, 2].flatMap((b) =>
      logitsOf(TINY, weights, inputs.subarray(7 * b, 7 * b + 7)).flatMap((row) => [...row]),
    );
    expect(relativeDistance(logits, plain)).toBeLessThan(2e-6);
    expect(Math.abs(model.loss() - plainLoss())).toBeLessThan(1e-6);
  });

  it('gives every gradient within 1e-5 of central differences of float64', async () => {
    const model = await tinyModel();
    model.forward();
    model.loss();
    model.backward();
    const gradients = model.gradients();
    for (const { name } of weightShapes(TINY)) {
      const differences = centralDifferences(
        (values) => plainLoss(name, values),
        Float64Array.from(weights.get(name)!),
      );
      expect(relativeDistance(gradients.get(name)!, differences), name).toBeLessThan(1e-5);
    }
  });

  it('takes the first step of AdamW within 2e-7, along a gradient cut to length 1, with decay for matrices only', async () => {
    const model = await tinyModel();
    model.forward();
    model.loss();
    model.backward();
    const gradients = model.gradients();
    const length = takeStep(model.memory, 0, { steps: 10, warmUp: 0, high: 1e-3, low: 1e-3 });
    const squares = [...gradients.values()].flatMap((g) => [...g]).reduce((sum, g) => sum + g * g, 0);
    expect(length / Math.sqrt(squares)).toBeCloseTo(1, 6);
    const after = model.weights();
    for (const weight of weightShapes(TINY)) {
      const keep = isNorm(weight) ? 1 : 1 - 1e-4;
      const expected = weights.get(weight.name)!.map((v, i) => {
        const g = gradients.get(weight.name)![i]! / length;
        return keep * v - (1e-3 * g) / (Math.abs(g) + 1e-8);
      });
      expect(relativeDistance(after.get(weight.name)!, expected), weight.name).toBeLessThan(2e-7);
    }
  });
});
