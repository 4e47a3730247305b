import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import { ropeRows } from '../rope/blocked.ts';
import type { RopeShape } from '../rope/index.ts';
import type { RopeBackwardInput } from './index.ts';
import { ropeBackwardTable } from './tables.ts';

export const blocked = defineVariant<RopeBackwardInput, RopeShape>({
  name: 'blocked',
  backend: 'js',
  idea: 'the forward loop with a table whose sines are negated, made outside `run`: no loop of its own to get wrong',
  prepare({ g, offset }, { T, H, D, layout }) {
    const table = ropeBackwardTable(T, D, offset);
    return jsVariant(T * H * D, (dx) => ropeRows(g, table, dx, H, D, layout, 0, T * H));
  },
});
