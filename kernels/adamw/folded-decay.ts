import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import { DECAY } from './constants.ts';
import { adamwFolded, adamwRates } from './folded.ts';
import type { AdamwInput, AdamwShape } from './index.ts';

export const foldedDecay = defineVariant<AdamwInput, AdamwShape>({
  name: 'folded-decay',
  backend: 'js',
  exhibit: true,
  ledger: ['S2-28'],
  idea: 'the folded rate for the decay too, θ − rate (… + λ θ): the weights decay at 0.316 of the rate at step 1, 0.152 at step 12, and 0.795 at step 1000',
  tolerance: {
    metric: 'scaled',
    bound: 8.5e-5,
    why: 'lr λ = 1e-4 of θ, of which up to 0.848 is missing (at step 12)',
  },
  prepare(input, { N, step }) {
    const { rate, epsilon } = adamwRates(step);
    const rates = { keep: 1 - rate * DECAY, rate, epsilon };
    return jsVariant(3 * N, (out) => adamwFolded(input, out, rates, 0, N));
  },
});
