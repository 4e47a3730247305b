import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import { EPSILON } from './constants.ts';
import { adamwFolded, adamwRates } from './folded.ts';
import type { AdamwInput, AdamwShape } from './index.ts';

export const foldedEpsilon = defineVariant<AdamwInput, AdamwShape>({
  name: 'folded-epsilon',
  backend: 'js',
  exhibit: true,
  ledger: ['S2-28'],
  idea: 'the folded rate with ε as it was: no difference where gradients are far above ε, and where they are below it the update is √(1 − β2^step) of what it should be, 0.03 at step 1',
  tolerance: {
    metric: 'scaled',
    bound: 0.97,
    why: 'the update of a gradient far below ε is short by 1 − √(1 − β2) = 0.968 at step 1, if the weight itself is no larger than the update',
  },
  prepare(input, { N, step }) {
    const rates = { ...adamwRates(step), epsilon: EPSILON };
    return jsVariant(3 * N, (out) => adamwFolded(input, out, rates, 0, N));
  },
});
