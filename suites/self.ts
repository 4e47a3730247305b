import type { Suite } from './suite.ts';

export const selfSuite: Suite = {
  name: 'self',
  question: 'What does the harness itself cost: nanoseconds a call, bytes in the measured window?',
  kernels: ['harness/self/overhead.ts'],
  selection: [{ select: ['self'], cases: ['N=1'] }],
  budget: { sampleMs: 100, warmupMs: 100, minSamples: 16, processes: 3, limitMs: 60_000 },
};
