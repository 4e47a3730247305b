import { KERNELS } from '../kernels/index.ts';
import { caseName, type Kernel } from '../kernels/kernel.ts';
import type { Suite } from './suite.ts';

/** Where the largest that plain loops are checked on is an odd one. */
const CHOSEN: Readonly<Record<string, string>> = { matmul: 'M=192,N=192,K=192' };

function typical({ name, cases, work }: Kernel): string {
  if (CHOSEN[name]) return CHOSEN[name];
  const quick = cases.filter(({ slow }) => !slow).map(({ shape }) => shape);
  const load = (shape: (typeof quick)[number]) => work(shape).flops + work(shape).bytes;
  return caseName(quick.reduce((a, b) => (load(b) > load(a) ? b : a)));
}

export const zooSuite: Suite = {
  name: 'zoo',
  question: 'What does each variant of every kernel reach, at one shape?',
  selection: KERNELS.map((kernel) => ({ select: [kernel.name], cases: [typical(kernel)] })),
  budget: { sampleMs: 40, warmupMs: 50, minSamples: 5, processes: 1, limitMs: 60_000, tiers: false },
};
