import { FAMILIES, FILES } from './adversarial/index.ts';
import type { Suite } from './suite.ts';

export const adversarialSuite: Suite = {
  name: 'adversarial',
  question: 'Is every way of cheating that we know caught, each for its own reason?',
  kernels: FILES,
  selection: FAMILIES.map(({ kernel }) => ({ select: [kernel.name], cases: ['N=4096'] })),
  expected: Object.fromEntries(
    FAMILIES.flatMap(({ kernel, expected }) =>
      Object.entries(expected).map(([variant, result]) => [`${kernel.name}/${variant}`, result]),
    ),
  ),
  budget: { sampleMs: 20, warmupMs: 20, minSamples: 3, processes: 1, limitMs: 12_000 },
};
