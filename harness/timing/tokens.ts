/** What a call comes to by the token: how long the first and each further one take, and what is kept for them. */
import type { Prepared, Work } from '../../kernels/kernel.ts';
import { clockStepMs, now } from '../clock.ts';
import type { TokensSummary } from '../record.ts';
import { median, quantile, sorted } from '../stats/median.ts';

/** Calls end when so many tokens were seen, or so much time is spent. */
const TOKENS = 1000;
const MOST_MS = 1000;
/** A token that lasts fewer steps of the clock has no quantiles. */
const CLOCK_STEPS = 10;

/**
 * Calls one by one, each token by the clock: where a call is one token, the call. Undefined for what is not counted in tokens.
 * @param timed else only what needs no further calls
 */
export async function tokensOf(
  prepared: Prepared,
  work: Work,
  timed = true,
): Promise<TokensSummary | undefined> {
  const { tokens, cacheBytes } = work;
  if (tokens === undefined) return undefined;
  const first: number[] = [];
  const each: number[] = [];
  const isTimed = timed && (prepared.latency !== undefined || tokens === 1);
  const start = now();
  while (isTimed && each.length < TOKENS && (first.length === 0 || now() - start < MOST_MS)) {
    const before = now();
    prepared.run();
    await prepared.sync?.();
    const ms = now() - before;
    const { firstMs, tokenMs } = prepared.latency?.() ?? { firstMs: ms, tokenMs: [ms] };
    first.push(firstMs);
    each.push(...tokenMs);
    // A text of one token has no further ones.
    if (tokenMs.length === 0 && first.length >= TOKENS) break;
  }
  const hitRate = prepared.hitRate?.();
  return {
    perCall: tokens,
    ...(cacheBytes === undefined ? {} : { cacheBytes }),
    ...(prepared.latency && isFine(first) ? { firstNs: 1e6 * median(first) } : {}),
    ...(isFine(each) ? quantiles(each) : {}),
    ...(hitRate === undefined ? {} : { hitRate }),
  };
}

function isFine(ms: readonly number[]): boolean {
  return ms.length > 0 && median(ms) >= CLOCK_STEPS * clockStepMs();
}

function quantiles(ms: readonly number[]): Pick<TokensSummary, 'p50Ns' | 'p90Ns' | 'p99Ns' | 'count'> {
  const ascending = sorted(ms);
  const at = (q: number) => 1e6 * quantile(ascending, q);
  return { p50Ns: at(0.5), p90Ns: at(0.9), p99Ns: at(0.99), count: ms.length };
}
