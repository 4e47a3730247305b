/** What stands around the model: text, steps, checkpoints, files. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeHalf, encodeHalf } from '../../kernels/lib/f16.ts';
import { rng } from '../../kernels/lib/rng.ts';
import { writeGgufFile } from '../gguf/file.ts';
import { ggufOf, readModel } from './export.ts';
import { initialWeights } from './initial.ts';
import { train } from './loop.ts';
import { Model } from './model.ts';
import type { Recipe } from './optimiser.ts';
import { FORMATS, quantised } from './quantised.ts';
import { isNorm, type ModelShape, VOCABULARY, type Weights, weightShapes } from './shape.ts';
import { restoreState, saveState } from './state.ts';
import { fillBatch, fillWindow, plainText, split } from './text.ts';

const SMALL: ModelShape = {
  layers: 1,
  d: 32,
  heads: 4,
  kvHeads: 2,
  ffn: 64,
  vocabulary: VOCABULARY,
  context: 16,
};
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'training-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the text', () => {
  it('loses the numbers of verses and nothing else', () => {
    const printed = bytes('\nGenesis 1\n\n  1 In the beginning\n  12 And 3 days\n');
    expect(plainText(printed)).toEqual(bytes('\nGenesis 1\n\nIn the beginning\nAnd 3 days\n'));
  });

  it('is split where a line begins, into 95 % and the rest', () => {
    const text = bytes('0123456789\n'.repeat(100));
    const { train, heldOut } = split(text);
    expect(train.length).toBe(95 * 11 + 11);
    expect(heldOut).toEqual(bytes('0123456789\n'.repeat(4)));
  });

  it('is asked for byte by byte, the first behind <s>', () => {
    const [inputs, targets] = [new Int32Array(4), new Int32Array(4)];
    fillWindow(Uint8Array.of(0, 65, 255), inputs, targets, 1);
    expect([...inputs]).toEqual([0, 1, 3, 68]);
    expect([...targets]).toEqual([0, 3, 68, 258]);
  });

  it('comes in windows from its first to its last byte', () => {
    const text = Uint8Array.of(1, 2, 3, 4, 5);
    const [inputs, targets] = [new Int32Array(400), new Int32Array(400)];
    fillBatch(text, 4, inputs, targets, rng('windows'));
    const starts = targets.filter((_, i) => i % 4 === 0).map((token) => token - 3);
    expect(new Set(starts)).toEqual(new Set([1, 2]));
  });
});

describe('training', () => {
  const recipe: Recipe = { steps: 120, warmUp: 10, high: 1e-2, low: 1e-3 };
  const text = bytes('In the beginning was the Word, and the Word was with God. '.repeat(4));

  it('learns a sentence: from log 259 nats to less than 0.5 in 120 steps', async () => {
    const model = await Model.create(SMALL, 4);
    model.setWeights(initialWeights(SMALL, 'seed'));
    const losses = [...train(model, text, recipe, 'seed')].map(({ loss }) => loss);
    expect(Math.abs(losses[0]! - Math.log(VOCABULARY))).toBeLessThan(0.5);
    expect(losses.at(-1)).toBeLessThan(0.5);
  });

  it('goes on from a checkpoint to the very weights that it reaches without one', async () => {
    const weightsAfter = async (stop: boolean): Promise<Weights> => {
      const path = join(folder, 'state.bin');
      let model = await Model.create(SMALL, 2);
      model.setWeights(initialWeights(SMALL, 'seed'));
      for (const { taken } of train(model, text, { ...recipe, steps: 6 }, 'seed')) {
        if (stop && taken === 3) break;
      }
      if (stop) {
        await saveState(path, model, 3);
        model = await Model.create(SMALL, 2);
        const first = await restoreState(path, model);
        for (const _ of train(model, text, { ...recipe, steps: 6 }, 'seed', first));
      }
      return model.weights();
    };
    expect(await weightsAfter(true)).toEqual(await weightsAfter(false));
  });

  it('begins anew without a checkpoint and refuses one of another model', async () => {
    const model = await Model.create(SMALL, 1);
    expect(await restoreState(join(folder, 'none.bin'), model)).toBe(0);
    const other = join(folder, 'other.bin');
    await writeFile(other, new Uint8Array(16));
    await expect(restoreState(other, model)).rejects.toThrow('has 4 numbers, not');
  });

  it('refuses weights that are missing or of another length', async () => {
    const model = await Model.create(SMALL, 1);
    expect(() => model.setWeights(new Map())).toThrow('token_embd.weight: no values, not 8288');
  });
});

describe('the file', () => {
  it('gives back the shape, the norms, and the matrices in half precision', async () => {
    const path = join(folder, 'small.gguf');
    const weights = initialWeights(SMALL, 'file');
    await writeGgufFile(path, ggufOf(SMALL, weights, 'a test'));
    const model = await readModel(path);
    expect(model.shape).toEqual(SMALL);
    for (const weight of weightShapes(SMALL)) {
      const values = weights.get(weight.name)!;
      const expected = isNorm(weight) ? values : values.map((v) => decodeHalf(encodeHalf(v)));
      expect(model.weights.get(weight.name), weight.name).toEqual(expected);
    }
  });
});

describe('quantised weights', { timeout: 60_000 }, () => {
  it('keep norms and come nearer with more bits', () => {
    const shape = { ...SMALL, d: 256, ffn: 256 };
    const weights = initialWeights(shape, 'quantised');
    const name = 'blk.0.ffn_up.weight';
    const error = new Map(
      FORMATS.map((format) => {
        const rounded = quantised(shape, weights, format);
        expect(rounded.get('output_norm.weight')).toEqual(weights.get('output_norm.weight'));
        const squares = rounded.get(name)!.map((v, i) => (v - weights.get(name)![i]!) ** 2);
        return [format, squares.reduce((a, b) => a + b, 0)];
      }),
    );
    const order = ['f16', 'bf16', 'q8_0', 'int8', 'q6_k', 'q5_0', 'q4_1', 'q4_0'] as const;
    for (const [i, format] of order.slice(1).entries())
      expect(error.get(format), format).toBeGreaterThan(error.get(order[i]!)!);
  });
});
