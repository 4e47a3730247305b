/**
 * `import 'kernel-zoo/vitest'` gives tests `await expect(fast).toBeFasterThan(slow)`, judged as paired.ts says. A test file that
 * measures should run alone: `vitest --no-file-parallelism`.
 */
import { expect } from 'vitest';
import { comparePaired, outcomeText, type PairedOptions } from './paired.ts';

export type { PairedOptions } from './paired.ts';

interface ZooMatchers {
  /**
   * Passes where the function is faster than `other` beyond doubt, and with `not` where it is slower or takes the same time. What
   * cannot be told in the time is a failure either way, and says so. Both functions are called many times, sync or async, and should return
   * something that depends on their work.
   */
  toBeFasterThan(other: () => unknown, options?: PairedOptions): Promise<void>;
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: as vitest declares it
  interface Matchers<T = any> extends ZooMatchers {}
}

expect.extend({
  async toBeFasterThan(received: unknown, other: unknown, options: PairedOptions = {}) {
    if (typeof received !== 'function' || typeof other !== 'function')
      throw new TypeError('toBeFasterThan compares two functions: await expect(fast).toBeFasterThan(slow)');
    const outcome = await comparePaired(received as () => unknown, other as () => unknown, options);
    return {
      // With `not`, an answer that does not stand must fail too.
      pass: outcome.verdict === 'unclear' ? this.isNot : outcome.verdict === 'faster',
      message: () =>
        `expected the first ${this.isNot ? 'not to be' : 'to be'} faster than the second: ${outcomeText(outcome, options)}`,
    };
  },
});
