import { REVECTORIZE } from '../kernels/lib/wasm.ts';
import { type Goal, named, type Suite, type SuiteEntry } from './suite.ts';

/** Those that run WebAssembly: native code is no rival, and is measured where it is named. */
const WASM_PEERS = ['tfjs', 'ort-web', 'jax-js'];
const ROPE_PEERS = ['ort-web'];

const cubes = (...sizes: readonly number[]) => sizes.map((n) => `M=${n},N=${n},K=${n}`);
const SQUARES = cubes(192, 384, 768, 1536);
const SMALL = cubes(64, 96);
const ODD = [...['M=2,N=3072,K=768', 'M=8,N=3072,K=768', 'M=16,N=5632,K=2048'], 'M=577,N=1537,K=191'];

/** Kernels whose limit is the memory, or else the libraries: at shapes of models. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  softmax: ['R=1536,C=128', 'R=1,C=49152'],
  gelu: ['N=3072', 'N=393216'],
  tanh: ['N=3072', 'N=393216'],
  silu: ['N=3072', 'N=393216'],
  rmsnorm: ['R=128,C=576', 'R=64,C=2048'],
  layernorm: ['R=128,C=768', 'R=64,C=1600'],
  rope: ['T=64,H=32,D=64,layout=half', 'T=64,H=32,D=64,layout=interleaved'],
};
const ATTENTION = ['T=512,S=512,H=8,G=8,D=64', 'T=2048,S=2048,H=8,G=8,D=64'];
const DECODE = ['S=16384,H=8,G=8,D=64'];
const MATVEC = ['N=32000,K=2048,quant=q8_0'];
const MATVEC_4 = ['N=32000,K=4096,quant=q4_0', 'N=32000,K=4096,quant=q4_k'];
const PROMPT = ['q8_0', 'q4_0'].map((quant) => `M=512,N=2048,K=2048,quant=${quant}`);

const beside = (kernel: string, variants: readonly string[], peers: readonly string[] = []) =>
  named(kernel, [...variants, ...peers]);

const goal = (
  work: string,
  [kernel, ...variants]: readonly [string, ...string[]],
  cases: readonly string[],
  ...anyOf: Goal['anyOf']
): Goal => ({ work, kernel, variants, cases, anyOf });

const GOALS: readonly Goal[] = [
  goal('matmul, squares of 192 to 1536', ['matmul', 'simd'], SQUARES, { against: 'bound', least: 0.97 }),
  goal('matmul beside the libraries', ['matmul', 'simd'], SQUARES, { against: 'peers', least: 1.4 }),
  goal('matmul, squares of 64 and 96', ['matmul', 'simd'], SMALL, { against: 'bound', least: 0.85 }),
  goal('matmul, few rows and odd shapes', ['matmul', 'simd'], ODD, { against: 'bound', least: 0.8 }),
  {
    ...goal('matmul, revectorised', ['matmul', 'simd-wide'], SQUARES, { against: 'bound', least: 0.95 }),
    flags: REVECTORIZE,
  },
  goal('matmul, one level of Strassen', ['matmul', 'strassen'], cubes(1536), { against: 'fma', least: 1.05 }),
  goal('matmul on two threads', ['matmul', 'simd-threads', 'simd-tiles-threads'], SQUARES.slice(1), {
    ...{ against: 'variant', variant: 'simd', least: 1.85 },
  }),
  ...Object.entries(LAYERS).map(([kernel, cases]) =>
    goal(
      `${kernel} at shapes of models`,
      [kernel, 'simd'],
      cases,
      { against: 'peers', least: 2 },
      { against: 'bound', least: 0.85 },
    ),
  ),
  goal('attention of a prompt', ['attention', 'simd'], ATTENTION, { against: 'peers', least: 2 }),
  goal('attention of one token', ['attention-decode', 'simd'], DECODE, { against: 'bound', least: 0.85 }),
  goal('matvec of 8-bit weights, 70 MB', ['qmatvec', 'simd', 'simd-bytes'], MATVEC, {
    against: 'bound',
    least: 0.95,
  }),
  goal(
    'matvec of 4-bit weights, 74 MB',
    ['qmatvec', 'simd', 'simd-bytes'],
    MATVEC_4,
    { against: 'bound', least: 0.95 },
    { against: 'arithmetic', least: 0.6 },
  ),
  goal('matmul of quantised weights, 7-bit activations', ['qmatmul', 'simd-7bit'], PROMPT.slice(0, 1), {
    ...{ against: 'fma', least: 2.3 },
  }),
  goal('matmul of quantised weights, 8-bit activations', ['qmatmul', 'simd', 'simd-bytes'], PROMPT, {
    ...{ against: 'fma', least: 1.5 },
  }),
];

/** One thread, as the others reach less for other reasons. */
const ELSEWHERE: readonly Goal[] = GOALS.filter(
  ({ variants, flags }) => variants.includes('simd') && !flags,
).map((each) => ({
  ...each,
  work: `${each.work}, in this engine`,
  anyOf: [{ against: 'engine', least: 0.5 }],
}));

const selection: readonly SuiteEntry[] = [
  { select: beside('matmul', ['simd'], WASM_PEERS), cases: SQUARES },
  { select: beside('matmul', ['simd']), cases: [...SMALL, ...ODD] },
  { select: beside('matmul', ['simd-threads', 'simd-tiles-threads']), cases: SQUARES.slice(1) },
  { select: beside('matmul', ['strassen']), cases: cubes(1536) },
  { select: beside('matmul', ['simd-wide']), cases: SQUARES, flags: REVECTORIZE },
  ...Object.entries(LAYERS).map(([kernel, cases]) => ({
    select: beside(kernel, ['simd'], kernel === 'rope' ? ROPE_PEERS : WASM_PEERS),
    cases,
  })),
  { select: beside('attention', ['simd'], WASM_PEERS), cases: ATTENTION },
  { select: beside('attention-decode', ['simd']), cases: DECODE },
  { select: beside('qmatvec', ['simd', 'simd-bytes']), cases: [...MATVEC, ...MATVEC_4] },
  { select: beside('qmatmul', ['simd-7bit']), cases: PROMPT.slice(0, 1) },
  { select: beside('qmatmul', ['simd', 'simd-bytes']), cases: PROMPT },
  { select: beside('qmatmul', ['simd-wide']), cases: PROMPT, flags: REVECTORIZE },
];

export const limitsSuite: Suite = {
  name: 'limits',
  question: 'How far is the zoo from the limits of the machine, and from the published libraries?',
  selection,
  goals: [...GOALS, ...ELSEWHERE],
  peers: true,
  budget: { sampleMs: 60, warmupMs: 60, minSamples: 5, processes: 3, limitMs: 120_000, tiers: false },
};
