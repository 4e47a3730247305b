import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import { ropeRows } from './blocked.ts';
import type { RopeInput, RopeShape } from './index.ts';
import { ropeTable } from './tables.ts';

export const otherLayout = defineVariant<RopeInput, RopeShape>({
  name: 'other-layout',
  backend: 'js',
  idea: 'pairs as the other layout has them: lengths stay and scores still depend on distance alone, so that only a reference finds it',
  exhibit: true,
  tolerance: {
    metric: 'scaled',
    bound: Number.POSITIVE_INFINITY,
    why: 'elements are turned with others than those the weights were made for',
  },
  prepare({ x, offset, inverse }, { T, H, D, layout }) {
    const table = ropeTable(T, D, offset, inverse);
    const other = layout === 'half' ? 'interleaved' : 'half';
    return jsVariant(T * H * D, (out) => ropeRows(x, table, out, H, D, other, 0, T * H));
  },
});
