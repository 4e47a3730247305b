import { REVECTORIZE } from '../kernels/lib/wasm.ts';
import { type Goal, named, type Suite } from './suite.ts';

const NATIVE = ['llama-cpp', 'llama-cpp-threads'];
/** As WebAssembly: wllama is for `--runtime chromium`, the graph for Node. A step of theirs takes about ten of ours. */
const WASM = ['wllama', 'wllama-threads'];
const GRAPH = ['ort-web', 'ort-node'];
const OURS = ['simd', 'simd-threads'];

const QUANTS = ['q8_0', 'q4_0'];
const model = (quant: string, rest = '') => `model=smollm2-135m,quant=${quant}${rest && `,${rest}`}`;
/** Asked of one depth; the others show what a longer cache costs. */
const DEPTH = 'depth=128';
const DEPTHS = ['depth=0', DEPTH, 'depth=512', 'depth=1024', 'depth=2048'];
const PROMPT = 'tokens=512';
/** The seed's own workload: see gpt2-generate. */
const SEED = 'model=w-sm-std,prompt=10,tokens=50';
/** Of 512 tokens wllama takes half a minute, and is asked a dozen times. */
const SHORT_PROMPT = 'tokens=128';

const HELD_OUT = 'model=kjv-bytes,quant=f16,window=256,text=held-out,bytes=8192';

const goal = (work: string, kernel: string, cases: readonly string[], ...anyOf: Goal['anyOf']): Goal => ({
  ...{ work, kernel, variants: ['simd'], cases, anyOf },
});
const native = (least: number): Goal['anyOf'][number] => ({
  ...{ against: 'variant', variant: 'llama-cpp', least },
});
const twoThreads = (work: string, kernel: string, rest: string): Goal => ({
  ...goal(
    work,
    kernel,
    QUANTS.map((quant) => model(quant, rest)),
    { against: 'variant', variant: 'simd', least: 1.7 },
  ),
  variants: ['simd-threads'],
});

/** In V8 with the flag, where llama.cpp is measured too. */
const revectorised = (work: string, quant: string, least: number): Goal => ({
  ...goal(`${work}, revectorised`, 'llama-prefill', [model(quant, PROMPT)], native(least)),
  ...{ variants: ['simd-wide'], flags: REVECTORIZE },
});

const steps = QUANTS.map((quant) => model(quant, DEPTH));

const GOALS: readonly Goal[] = [
  goal('decode of 8-bit weights beside native code', 'llama-decode', [model('q8_0', DEPTH)], native(1.5)),
  goal('decode of 8-bit weights', 'llama-decode', [model('q8_0', DEPTH)], { against: 'bound', least: 0.9 }),
  goal('decode of 4-bit weights beside native code', 'llama-decode', [model('q4_0', DEPTH)], native(1.3)),
  goal('prompt of 8-bit weights beside native code', 'llama-prefill', [model('q8_0', PROMPT)], native(1.3)),
  goal('prompt of 8-bit weights with 8-bit activations', 'llama-prefill', [model('q8_0', PROMPT)], native(1)),
  goal('prompt of 4-bit weights beside native code', 'llama-prefill', [model('q4_0', PROMPT)], native(1)),
  revectorised('prompt of 8-bit weights beside native code', 'q8_0', 1.3),
  revectorised('prompt of 4-bit weights beside native code', 'q4_0', 1),
  goal(
    'loading, at most 1.3 times as long as to read and pack every byte once',
    'llama-load',
    QUANTS.map((quant) => model(quant)),
    { against: 'variant', variant: 'repack', least: 1 / 1.3 },
  ),
  goal(
    'memory of loading',
    'llama-load',
    QUANTS.map((quant) => model(quant)),
    { against: 'held', most: 1.2 },
  ),
  goal('decode allocates nothing', 'llama-decode', steps, { against: 'heap', most: 0 }),
  goal('decode is not interrupted', 'llama-decode', steps, { against: 'collections', most: 0 }),
  goal("the seed's own workload", 'gpt2-generate', [SEED], { against: 'tokens', least: 10_000 }),
  {
    ...goal('bits of a byte of held-out text, below those of gzip', 'decompress', [HELD_OUT], {
      ...{ against: 'bits', variant: 'gzip', least: 1 },
    }),
    variants: ['simd-f32'],
  },
  twoThreads('decode on two threads', 'llama-decode', DEPTH),
  twoThreads('prompt on two threads', 'llama-prefill', PROMPT),
];

const beside = (kernel: string) => named(kernel, [...OURS, ...NATIVE]);
const cases = (rests: readonly string[]) =>
  QUANTS.flatMap((quant) => rests.map((rest) => model(quant, rest)));

export const tokensSuite: Suite = {
  name: 'tokens',
  question: 'How many tokens a second does a whole model give, beside native code on the same file?',
  selection: [
    { select: beside('llama-decode'), cases: cases(DEPTHS) },
    { select: named('llama-decode', [...WASM, ...GRAPH]), cases: cases([DEPTH]) },
    { select: beside('llama-prefill'), cases: cases([PROMPT]) },
    {
      ...{ select: named('llama-prefill', ['simd-wide', 'llama-cpp']), cases: cases([PROMPT]) },
      flags: REVECTORIZE,
    },
    { select: named('llama-latency', OURS), cases: cases(['prompt=128,tokens=64']) },
    {
      select: named('llama-load', ['simd-f32', 'simd', 'repack']),
      cases: QUANTS.map((quant) => model(quant)),
    },
    {
      select: named('decompress', ['simd-f32', 'order-0', 'gzip', 'zstd']),
      cases: [HELD_OUT],
    },
    { select: named('gpt2-generate', OURS), cases: [SEED] },
    { select: named('llama-prefill', [...OURS, ...WASM]), cases: cases([SHORT_PROMPT]) },
  ],
  goals: GOALS,
  peers: true,
  // Weights take ten seconds to make, and the reference of a prompt of 512 forty.
  budget: { sampleMs: 500, warmupMs: 200, minSamples: 5, processes: 2, limitMs: 600_000, tiers: false },
};
