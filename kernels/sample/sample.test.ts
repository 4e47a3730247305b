import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProcessHost, type ProcessHost } from '../../harness/runtimes/process-host.ts';
import { normals, rng } from '../lib/rng.ts';
import { MODES } from './constants.ts';
import { sample } from './index.ts';
import { keptWeights } from './reference.ts';

let host: ProcessHost;
beforeAll(async () => {
  host = await createProcessHost({ threads: 1 });
});
afterAll(() => host.close());

/** Rows are the same logits, drawn from with as many numbers. */
const R = 5000;
const S = 64;
const row = normals(rng('logits'), S, 2);
const logits = Float32Array.from({ length: R * S }, (_, i) => row[i % S]!);
const random = rng('draws');
const u = Float64Array.from({ length: R }, () => random.uniform());

describe(`${R} draws are distributed as the weights say: χ² below its mean plus 4 standard deviations`, () => {
  for (const mode of MODES) {
    const weights = keptWeights(row, mode);
    const total = weights.reduce((a, b) => a + b);
    for (const variant of sample.variants) {
      it(`${variant.name}, ${mode}`, async () => {
        const prepared = await variant.prepare({ logits, u }, { R, S, mode }, host);
        prepared.run();
        const out = await prepared.read();
        prepared.dispose();
        const seen = new Array<number>(S).fill(0);
        for (const token of out) seen[token]!++;
        // Tokens that are expected fewer than five times count as one.
        let chi2 = 0;
        let cells = 0;
        let [rareSeen, rareExpected] = [0, 0];
        weights.forEach((weight, token) => {
          const expected = (R * weight) / total;
          if (expected === 0) expect(seen[token]).toBe(0);
          else if (expected < 5) {
            rareSeen += seen[token]!;
            rareExpected += expected;
          } else {
            chi2 += (seen[token]! - expected) ** 2 / expected;
            cells++;
          }
        });
        if (rareExpected > 0) {
          chi2 += (rareSeen - rareExpected) ** 2 / Math.max(rareExpected, 5);
          cells++;
        }
        const freedom = cells - 1;
        expect(chi2).toBeLessThanOrEqual(freedom + 4 * Math.sqrt(2 * freedom));
      });
    }
  }
});
