import { ort } from '../peers/ort.ts';
import type { RopeInput, RopeShape } from './index.ts';
import { ropeTable } from './tables.ts';

/** The others have no operator for it: theirs would be the tables' products, which other kernels measure. */
export const peers = ort<RopeInput, RopeShape>(
  'its RotaryEmbedding operator, with tables that are made ahead',
  ({ x, offset, inverse }, { T, H, D, layout }) => {
    const table = ropeTable(T, D, offset, inverse);
    return {
      inputs: [
        { name: 'x', dims: [1, T, H * D] },
        { name: 'position', dims: [1, T], type: 'int64' },
        { name: 'cos', dims: [T, D / 2] },
        { name: 'sin', dims: [T, D / 2] },
      ],
      nodes: [
        {
          op: 'RotaryEmbedding',
          domain: 'com.microsoft',
          inputs: ['x', 'position', 'cos', 'sin'],
          output: 'out',
          ints: { interleaved: layout === 'interleaved' ? 1 : 0 },
        },
      ],
      dims: [1, T, H * D],
      feeds: [
        x,
        BigInt64Array.from({ length: T }, (_, t) => BigInt(t)),
        ...[0, 1].map((k) => Float32Array.from({ length: table.length / 2 }, (_, i) => table[2 * i + k]!)),
      ],
    };
  },
);
