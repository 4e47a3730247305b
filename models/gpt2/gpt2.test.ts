import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProcessHost, type ProcessHost } from '../../harness/runtimes/process-host.ts';
import { caseName } from '../../kernels/kernel.ts';
import { LEDGER, shownBy } from '../../kernels/ledger.ts';
import { checkOnce, inputSources } from '../../kernels/lib/check.ts';
import { compare } from '../../kernels/lib/compare.ts';
import { rng } from '../../kernels/lib/rng.ts';
import { paddedMask } from './batch.ts';
import { configOf, elements, tensorsOf } from './config.ts';
import { hidden, lastLogits } from './forward.ts';
import { gpt2Batch, gpt2Generate, gpt2Window } from './index.ts';
import { Prefixes, PrefixModel } from './prefix.ts';
import { emptyCache, step } from './reference.ts';
import { probabilityOf, stopper, UNSURE } from './stop.ts';
import { gpt2Of } from './weights.ts';
import { forwardFlops, generateWork } from './work.ts';

const ALL = [gpt2Generate, gpt2Batch, gpt2Window];

let host: ProcessHost;
beforeAll(async () => {
  // Three threads: no width of a model divides by it.
  host = await createProcessHost({ threads: 3 });
});
afterAll(() => host.close());

describe('sizes', () => {
  const sizesOf = (model: string) => {
    const tensors = tensorsOf(configOf(model));
    return {
      tensors: tensors.length,
      parameters: tensors.reduce((sum, [, dims]) => sum + elements(dims), 0),
    };
  };

  it('W-SM-STD: 470,528 parameters in 29 tensors', () => {
    expect(sizesOf('w-sm-std')).toEqual({ tensors: 29, parameters: 470_528 });
  });

  it('W-SM-MED: 3,454,464 parameters', () => {
    expect(sizesOf('w-sm-med').parameters).toBe(3_454_464);
  });
});

describe('operations', () => {
  const total = (model: string, prompt: number, tokens: number) => {
    let sum = 0;
    for (let T = prompt; T < prompt + tokens; T++) sum += forwardFlops(configOf(model), T);
    return sum;
  };

  it('W-SM-STD: 30.82 MFLOP a pass in the mean, 1,541 for 50 tokens, 51.5 with a cache and one head: 29.9 times fewer', () => {
    const recomputed = total('w-sm-std', 10, 50);
    const { flops, tokens } = generateWork(configOf('w-sm-std'), 10, 50);
    expect(recomputed / 50 / 1e6).toBeCloseTo(30.82, 1);
    expect(recomputed / 1e6).toBeCloseTo(1541, -1);
    expect(flops / 1e6).toBeCloseTo(51.5, 1);
    expect(recomputed / flops).toBeCloseTo(29.9, 1);
    expect(tokens).toBe(50);
  });

  it('W-SM-DEEP: 384 MFLOP a token, 12.5 times those of W-SM-STD', () => {
    const deep = total('w-sm-med', 32, 50) / 50;
    expect(deep / 1e6).toBeCloseTo(384, -1);
    expect(deep / (total('w-sm-std', 10, 50) / 50)).toBeCloseTo(12.5, 0);
  });

  it('W-LCM: 872 MFLOP a pass, without the head', () => {
    const config = configOf('w-lcm');
    const head = 2 * 128 * config.vocabulary * config.width;
    expect((forwardFlops(config, 128) - head) / 1e6).toBeCloseTo(872.4, 0);
  });
});

it('names rows of the ledger', () => {
  const ids = LEDGER.map(({ id }) => id);
  expect([...shownBy(ALL).keys()].filter((id) => !ids.includes(id))).toEqual([]);
});

it('refuses a generation beyond the context, and an unknown model', () => {
  expect(() => gpt2Generate.validate?.({ model: 'tiny', prompt: 2, tokens: 24 })).toThrow(
    '2 + 24 tokens need 25 positions; tiny has 24',
  );
  expect(() => gpt2Generate.validate?.({ model: 'huge', prompt: 1, tokens: 1 })).toThrow(
    'there is no model "huge"',
  );
});

for (const kernel of ALL) {
  describe(kernel.name, () => {
    const [source] = inputSources(kernel);
    // Those of WebGPU are checked by pipelines.test.ts, where there is an adapter.
    for (const variant of kernel.variants.filter(({ backend }) => backend !== 'webgpu')) {
      const { metric, bound } = variant.tolerance ?? kernel.tolerance;
      it(`${variant.name}: ${metric} error at most ${bound} on every case but the slow ones`, async () => {
        for (const { shape, slow } of kernel.cases) {
          if (slow) continue;
          const verdict = await checkOnce(kernel, variant, shape, source!, `test ${caseName(shape)}`, host);
          expect(verdict.value, `${caseName(shape)}: ${verdict.where}`).toBeLessThanOrEqual(bound);
        }
      }, 60_000);
    }
  });
}

describe('a window that slides', () => {
  it('is right from a cache up to the first slide, and off by more than 1 % of the power of the logits after each, and more and more', async () => {
    const evict = gpt2Window.variants.find(({ name }) => name === 'evict')!;
    const shape = { model: 'w-sm-std', tokens: 16 };
    const input = await gpt2Window.inputs(shape, rng('slides'), host);
    const { values, scale } = gpt2Window.reference(input, shape, rng(''));
    const prepared = await evict.prepare(input, shape, host);
    prepared.run();
    const out = await prepared.read();
    const { vocabulary } = configOf(shape.model);
    const part = (i: number) => ({
      got: out.subarray(i * vocabulary, (i + 1) * vocabulary),
      values: values.slice(i * vocabulary, (i + 1) * vocabulary),
      scale: scale!.slice(i * vocabulary, (i + 1) * vocabulary),
    });
    const before = part(0);
    expect(compare(before.got, before, 'scaled', vocabulary).value).toBeLessThan(1e-5);
    const errors = Array.from({ length: shape.tokens }, (_, i) => {
      const after = part(i);
      return compare(after.got, after, 'nmse', vocabulary).value;
    });
    expect(Math.min(...errors.slice(1))).toBeGreaterThan(0.01);
    const meanOf = (some: readonly number[]) => some.reduce((sum, v) => sum + v, 0) / some.length;
    expect(meanOf(errors.slice(-5))).toBeGreaterThan(1.5 * meanOf(errors.slice(1, 6)));
  });
});

describe('reuse of a prefix', () => {
  const model = gpt2Of('w-sm-std');
  const tokens = (seed: string, length: number) => {
    const random = rng(seed);
    return Int32Array.from({ length }, () => random.integer(256));
  };
  const fresh = (context: Int32Array) => lastLogits(model, hidden(model, context));

  it('W-SM-STD: 1,666 of 1,725 tokens, 96.6 %, which lengths alone decide', () => {
    const gpt2 = new PrefixModel(model, 59);
    const context = tokens('any', 59);
    for (let T = 10; T < 60; T++) gpt2.logits(context.subarray(0, T));
    const { reused, needed } = gpt2.prefixes;
    expect({ reused, needed }).toEqual({ reused: 1666, needed: 1725 });
    expect(reused / needed).toBeCloseTo(0.966, 3);
  });

  it('of another context is what both begin with, and logits are those without a cache, bit for bit', () => {
    const gpt2 = new PrefixModel(model, 20);
    const first = tokens('first', 20);
    const second = Int32Array.from(first, (token, i) => (i < 8 ? token : 255 - token));
    expect(gpt2.logits(first)).toEqual(fresh(first));
    expect(gpt2.logits(second)).toEqual(fresh(second));
    expect(gpt2.prefixes.reused).toBe(8);
    expect(gpt2.logits(first)).toEqual(fresh(first));
    expect(gpt2.logits(first.subarray(0, 5))).toEqual(fresh(first.subarray(0, 5)));
    expect(gpt2.prefixes.reused).toBe(8 + 8 + 4);
  });

  it('is right where all prefixes have the same hash: a collision is a miss', () => {
    const gpt2 = new PrefixModel(model, 20, new Prefixes(() => 0));
    const [first, second] = [tokens('first', 20), tokens('second', 20)];
    gpt2.logits(first);
    expect(gpt2.logits(second)).toEqual(fresh(second));
    expect(gpt2.prefixes.reused).toBe(0);
  });
});

it('a query sees no padding, and padding itself alone', () => {
  const seen = Array.from(paddedMask(4, 4, 2), (v) => (v === 0 ? 1 : 0));
  expect(seen).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1]);
});

describe('a generation stops', () => {
  const trace = (rules: Parameters<typeof stopper>[0], steps: readonly (readonly [number, number])[]) => {
    const stop = stopper(rules);
    return steps.map(([token, probability]) => stop(token, probability));
  };

  it('at an end, and at its length', () => {
    expect(
      trace({ ends: [0], length: 9 }, [
        [5, 0.9],
        [0, 0.9],
      ]),
    ).toEqual([undefined, 'end']);
    expect(
      trace({ length: 2 }, [
        [5, 0.9],
        [6, 0.9],
      ]),
    ).toEqual([undefined, 'length']);
  });

  it('when three tokens in a row are below 0.15, and not when a sure one is among them', () => {
    const low = [1, 0.1] as const;
    expect(trace({ length: 9, confidence: UNSURE }, [low, low, low])).toEqual([
      undefined,
      undefined,
      'confidence',
    ]);
    expect(trace({ length: 9, confidence: UNSURE }, [low, low, [1, 0.15], low, low]).at(-1)).toBeUndefined();
  });

  it('at the first unsure token with a patience of 1, so that a rule about three is never reached', () => {
    expect(trace({ length: 9, confidence: { least: 0.15, patience: 1 } }, [[1, 0.1]])).toEqual([
      'confidence',
    ]);
  });

  it('not by confidence where it repeats itself: each token of a loop is surer than the one before', () => {
    // A bigram model after "a b": it goes on with what followed last time, and counts it.
    const counts = [
      [1, 8],
      [8, 1],
    ];
    const stop = stopper({ length: 1000, confidence: UNSURE });
    let token = 0;
    const reasons = new Set<string | undefined>();
    for (let i = 0; i < 999; i++) {
      const row = counts[token]!;
      const next = row.indexOf(Math.max(...row));
      const probability = probabilityOf(row.map(Math.log), next);
      row[next]!++;
      reasons.add(stop(next, probability));
      token = next;
      if (i > 20) expect(probability).toBeGreaterThan(0.9);
    }
    expect([...reasons]).toEqual([undefined]);
  });
});

it('the reference with a cache is the reference without one', () => {
  const model = gpt2Of('tiny');
  const ids = [3, 1, 4, 1, 5, 9, 2, 6];
  const cache = emptyCache(model);
  for (const [t, id] of ids.entries()) {
    const cached = step(model, id, cache);
    const uncached = lastLogits(model, hidden(model, Int32Array.from(ids.slice(0, t + 1))));
    expect(
      compare(uncached, { values: cached, scale: cached.map(() => 1) }, 'scaled', 37).value,
    ).toBeLessThan(1e-5);
  }
});
