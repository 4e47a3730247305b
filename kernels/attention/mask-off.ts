import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { AttentionInput, AttentionShape } from './index.ts';
import { attentionMasked, causalMask } from './masked.ts';

export const maskOff = defineVariant<AttentionInput, AttentionShape>({
  name: 'mask-off',
  backend: 'js',
  idea: 'no mask as soon as keys are cached, which is right for one query only: in a chunk of a prompt tokens see later ones',
  exhibit: true,
  tolerance: {
    metric: 'scaled',
    bound: Number.POSITIVE_INFINITY,
    why: 'tokens behind cached keys attend to later tokens of their own chunk',
  },
  ledger: ['S2-34'],
  prepare(input, shape) {
    const { T, S, H, D } = shape;
    const mask = S === T ? causalMask(T, S, Number.NEGATIVE_INFINITY) : undefined;
    const scores = new Float32Array(S);
    return jsVariant(T * H * D, (out) => attentionMasked(input, out, shape, mask, 1 / Math.sqrt(D), scores));
  },
});
