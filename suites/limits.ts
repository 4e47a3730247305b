import type { Goal, Suite } from './suite.ts';

const cubes = (sizes: readonly number[]) => sizes.map((n) => `M=${n},N=${n},K=${n}`);
const SQUARES = cubes([192, 384, 1536]);
const LANES = ['N=3072', 'N=393216'];
const WASM_PEERS = ['tfjs', 'ort-web', 'jax-js'];
const beside = (kernel: string, ...variants: readonly string[]) =>
  [...variants, ...WASM_PEERS].map((variant) => `${kernel}/${variant}`);
/** At model shapes: more than twice the libraries' speed, or all that the memory gives. */
const PEERS_OR_BOUND: Goal['anyOf'] = [
  { against: 'peers', least: 2 },
  { against: 'bound', least: 0.85 },
];

export const limitsSuite: Suite = {
  name: 'limits',
  question: 'How far is the zoo from the limits of the machine, and from the published libraries?',
  selection: [
    { select: beside('matmul', 'simd'), cases: SQUARES },
    { select: beside('gelu', 'simd'), cases: LANES },
  ],
  goals: [
    {
      work: 'matmul, squares from 192 to 1536',
      kernel: 'matmul',
      variants: ['simd'],
      cases: SQUARES,
      anyOf: [{ against: 'bound', least: 0.97 }],
    },
    {
      work: 'the same beside the libraries',
      kernel: 'matmul',
      variants: ['simd'],
      cases: SQUARES,
      anyOf: [{ against: 'peers', least: 1.4 }],
    },
    {
      work: 'gelu at model shapes',
      kernel: 'gelu',
      variants: ['simd'],
      cases: LANES,
      anyOf: PEERS_OR_BOUND,
    },
  ],
  peers: true,
  budget: { sampleMs: 60, warmupMs: 60, minSamples: 5, processes: 3, limitMs: 120_000, tiers: false },
};
