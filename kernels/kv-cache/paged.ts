import { defineVariant, type Prepared } from '../kernel.ts';
import type { KvInput, KvShape } from './index.ts';
import { joined } from './naive.ts';
import { KvSlab } from './slab.ts';

/** Tokens of a page. */
const PAGE = 16;

export const paged = defineVariant<KvInput, KvShape>({
  name: 'paged',
  backend: 'js',
  idea: 'pages of 16 tokens from a pool (Kwon et al., “PagedAttention”, 2023): nothing moves, at most 15 tokens are idle; who reads must follow a table',
  ledger: ['S4-57'],
  prepare({ k, v }, { T, G, D, layout }): Prepared<KvInput> {
    const row = G * D;
    const pool: KvSlab[] = [];
    const table: KvSlab[] = [];
    const gathered = (part: 'k' | 'v'): Float32Array => {
      const out = new Float32Array(T * row);
      for (let t = 0; t < T; t++) {
        const page = table[Math.floor(t / PAGE)]![part];
        const at = t % PAGE;
        for (let g = 0; g < G; g++) {
          const from = layout === 'token' ? at * row + g * D : (g * PAGE + at) * D;
          out.set(page.subarray(from, from + D), layout === 'token' ? t * row + g * D : (g * T + t) * D);
        }
      }
      return out;
    };
    return {
      run() {
        // Back to the pool: a further sequence takes them from there.
        for (let page = table.pop(); page; page = table.pop()) {
          page.clear();
          pool.push(page);
        }
        for (let t = 0; t < T; t++) {
          if (t % PAGE === 0) table.push(pool.pop() ?? new KvSlab(PAGE, G, D, layout));
          table.at(-1)!.append(k, v, t * row);
        }
      },
      read: () => joined(gathered('k'), gathered('v')),
      poison(value) {
        for (const page of table) {
          page.k.fill(value);
          page.v.fill(value);
        }
      },
      dispose: () => {},
    };
  },
});
