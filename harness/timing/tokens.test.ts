import { describe, expect, it } from 'vitest';
import type { Prepared } from '../../kernels/kernel.ts';
import { tokensOf } from './tokens.ts';

const prepared = (more: Partial<Prepared>): Prepared => ({
  run() {},
  read: () => new Float64Array(0),
  dispose() {},
  ...more,
});
const WORK = { flops: 1, bytes: 1 };

describe('what a call comes to by the token', () => {
  it('has quantiles over the tokens of all runs, and the median of the first ones', async () => {
    let runs = 0;
    // First tokens of 10, 20, 10, 20, … ms; in each run further ones of 1 to 100 ms.
    const latency = () => ({
      firstMs: runs % 2 === 1 ? 10 : 20,
      tokenMs: Array.from({ length: 100 }, (_, i) => 1 + i),
    });
    const tokens = await tokensOf(prepared({ run: () => void runs++, latency }), { ...WORK, tokens: 101 });
    expect(runs).toBe(10);
    expect(tokens).toMatchObject({ perCall: 101, firstNs: 15e6, count: 1000, p50Ns: 50.5e6 });
    expect(tokens!.p90Ns).toBeCloseTo(90.1e6, -5);
    expect(tokens!.p99Ns).toBeCloseTo(99.01e6, -5);
  });

  it('times calls of one token one by one, and waits for what a device does', async () => {
    let waited = 0;
    const spin = () => {
      const start = performance.now();
      while (performance.now() - start < 0.2);
    };
    const sync = async () => void waited++;
    const tokens = await tokensOf(prepared({ run: spin, sync }), { ...WORK, tokens: 1 });
    expect(tokens!.count).toBe(waited);
    expect(tokens!.p50Ns).toBeGreaterThanOrEqual(0.2e6);
    expect(tokens!.firstNs).toBeUndefined();
  });

  it('makes no further calls where only a whole text is told of, and says its cache and what that had', async () => {
    let runs = 0;
    const run = () => void runs++;
    const work = { ...WORK, tokens: 25, cacheBytes: 1024 };
    expect(await tokensOf(prepared({ run, hitRate: () => 0.966 }), work)).toEqual({
      ...{ perCall: 25, cacheBytes: 1024, hitRate: 0.966 },
    });
    expect(runs).toBe(0);
  });

  it('is nothing where no tokens are counted', async () => {
    expect(await tokensOf(prepared({}), WORK)).toBeUndefined();
  });
});
