import { afterAll, beforeAll, expect, it } from 'vitest';
import { createProcessHost, type ProcessHost } from '../../harness/runtimes/process-host.ts';
import { rng } from '../lib/rng.ts';
import { TOTAL } from './constants.ts';
import { cdfSearch } from './index.ts';

let host: ProcessHost;
beforeAll(async () => {
  host = await createProcessHost({ threads: 1 });
});
afterAll(() => host.close());

/** 256 symbols of random widths, a third of them of none, and the symbol of every count. */
const S = 256;
const cdf = new Int32Array(S + 1);
const symbols = new Int32Array(TOTAL);
const random = rng('every count');
for (let s = 0; s < S; s++) {
  const width = random.integer(3) === 0 ? 0 : random.integer(2 ** random.integer(14));
  cdf[s + 1] = s === S - 1 ? TOTAL : Math.min(TOTAL, cdf[s]! + width);
  symbols.fill(s, cdf[s], cdf[s + 1]);
}
const values = Int32Array.from({ length: TOTAL }, (_, i) => i);

for (const variant of cdfSearch.variants) {
  const claim = variant.exhibit
    ? 'finds the wrong symbol for some of the'
    : 'finds the symbol of each of the';
  it(`${variant.name} ${claim} 10^6 counts of a table in which a third of the symbols have no width`, async () => {
    const prepared = await variant.prepare({ cdf, values }, { S, N: TOTAL }, host);
    prepared.run();
    const out = await prepared.read();
    prepared.dispose();
    let wrong = 0;
    for (let i = 0; i < TOTAL; i++) if (out[i] !== symbols[i]) wrong++;
    if (variant.exhibit) expect(wrong).toBeGreaterThan(0);
    else expect(wrong).toBe(0);
  });
}
