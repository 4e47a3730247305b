import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProcessHost, type ProcessHost } from '../../harness/runtimes/process-host.ts';
import { caseName } from '../../kernels/kernel.ts';
import { LEDGER, shownBy } from '../../kernels/ledger.ts';
import { checkOnce, inputSources } from '../../kernels/lib/check.ts';
import { configOf, elements, tensorsOf } from './config.ts';
import { gpt2Generate } from './index.ts';
import { forwardFlops, generateWork } from './work.ts';

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
  expect([...shownBy([gpt2Generate]).keys()].filter((id) => !ids.includes(id))).toEqual([]);
});

it('refuses a generation beyond the context, and an unknown model', () => {
  expect(() => gpt2Generate.validate?.({ model: 'tiny', prompt: 2, tokens: 24 })).toThrow(
    '2 + 24 tokens need 25 positions; tiny has 24',
  );
  expect(() => gpt2Generate.validate?.({ model: 'huge', prompt: 1, tokens: 1 })).toThrow(
    'there is no model "huge"',
  );
});

for (const kernel of [gpt2Generate]) {
  describe(kernel.name, () => {
    const [source] = inputSources(kernel);
    for (const variant of kernel.variants) {
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
