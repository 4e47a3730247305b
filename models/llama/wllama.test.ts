/** wllama in Chromium, where both are installed, against the float64 reference of what it is given and what it gives. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadKernels, NO_FILES } from '../../harness/catalogue.ts';
import { peerInfo } from '../../harness/peers.ts';
import { makePlan } from '../../harness/plan.ts';
import { run } from '../../harness/run.ts';
import { findProgram } from '../../harness/runtimes/programs.ts';

const runs = peerInfo('wllama').installed && findProgram('chromium') !== undefined;

/** A page reads a model of each small case. */
const TIMEOUT_MS = 240_000;

// Its log-probabilities are float32 of about 5; with 8-bit weights activations have 8 bits as well.
it.skipIf(!runs).each([
  ['llama-decode/wllama@model=tiny,quant=f32,depth=5', 1e-10],
  ['llama-prefill/wllama-threads@model=tiny,quant=q8_0,tokens=7', 1e-2],
])(
  '%s is within %d of the power of the logits, and every other small case within 1e-2',
  async (selector, bound) => {
    const folder = mkdtempSync(join(tmpdir(), 'zoo-test-'));
    try {
      const plan = makePlan(await loadKernels(NO_FILES), { selectors: [selector], runtimes: ['chromium'] });
      const budget = { sampleMs: 5, warmupMs: 5, minSamples: 2, processes: 1, limitMs: 60_000, tiers: false };
      const [record] = await run(
        { ...plan, budget },
        { file: join(folder, 'records.jsonl'), files: NO_FILES, engine: 'tinybench', threads: 2 },
      );
      const { status, reason, error, host } = record!;
      expect({ status, reason }).toEqual({ status: 'ok', reason: undefined });
      expect(error!.coldValue).toBeLessThan(bound);
      expect(error!.coldValue).toBeGreaterThan(0);
      expect(error!.value).toBeLessThan(1e-2);
      expect(host.peer).toBe(peerInfo('wllama').version);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  TIMEOUT_MS,
);
