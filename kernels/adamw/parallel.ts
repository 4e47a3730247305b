import { defineVariant, type MakeTask } from '../kernel.ts';
import { sharedInput } from '../lib/arrays.ts';
import { firstInLines } from '../lib/elementwise.ts';
import { sharedF32, workersVariant } from '../lib/js.ts';
import { type AdamwRates, adamwFolded, adamwRates } from './folded.ts';
import type { AdamwInput, AdamwShape } from './index.ts';

interface Data {
  readonly input: AdamwInput;
  readonly rates: AdamwRates;
  readonly out: Float32Array<SharedArrayBuffer>;
}

/** One thread's share of the parameters. */
export const adamwTask: MakeTask<Data> = ({ input, rates, out }) => {
  const N = input.theta.length;
  return (thread, threads) =>
    adamwFolded(input, out, rates, firstInLines(N, thread, threads), firstInLines(N, thread + 1, threads));
};

export const parallel = defineVariant<AdamwInput, AdamwShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the parameters of `folded` shared among worker threads, in whole cache lines',
  prepare: (input, { N, step }, host) =>
    workersVariant<Data>(host, import.meta.url, 'adamwTask', {
      input: sharedInput(input),
      rates: adamwRates(step),
      out: sharedF32(3 * N),
    }),
});
