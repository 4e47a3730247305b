import type { Suite } from './suite.ts';

/** The seed's own workload at both of its lengths; pipelines of a Llama at a size that plain loops can do, the trained one where it is guessed what comes next. */
const SEED = [25, 50].map((tokens) => `model=w-sm-std,prompt=10,tokens=${tokens}`);

export const ladderSuite: Suite = {
  name: 'ladder',
  question:
    'What is each step worth, from a model that recomputes everything to one WASM call, and one command buffer of a GPU?',
  selection: [
    { select: ['gpt2-generate'], cases: SEED },
    { select: ['llama-decode'], cases: ['model=tiny,quant=q8_0,depth=130'] },
    { select: ['llama-prefill'], cases: ['model=tiny,quant=q8_0,tokens=300'] },
    { select: ['llama-generate'], cases: ['model=kjv-bytes,quant=f16,prompt=32,tokens=64'] },
    { select: ['llama-branches'], cases: ['model=kjv-bytes,quant=f16,branches=4,prompt=100,tokens=16'] },
  ],
  budget: { sampleMs: 200, warmupMs: 200, minSamples: 5, processes: 3, limitMs: 120_000, tiers: false },
};
