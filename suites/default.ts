import { backEnds, type Suite } from './suite.ts';

export const defaultSuite: Suite = {
  name: 'default',
  question: 'Which variant of each kernel is right and fast at the shapes of real models?',
  selection: [
    {
      select: backEnds('matmul'),
      cases: ['M=192,N=192,K=192', 'M=384,N=384,K=384'],
    },
    {
      select: ['matmul/simd', 'matmul/simd-threads'],
      cases: ['M=128,N=3072,K=768', 'M=1536,N=1536,K=1536'],
    },
    { select: ['softmax'], cases: ['R=1536,C=128', 'R=1,C=49152'] },
    { select: ['gelu', 'tanh'], cases: ['N=3072', 'N=393216'] },
    { select: ['rmsnorm'], cases: ['R=1,C=576', 'R=128,C=576'] },
    {
      select: ['rope'],
      cases: ['T=64,H=32,D=64,layout=half', 'T=64,H=32,D=64,layout=interleaved'],
    },
    { select: ['dequant'], cases: ['R=576,C=1536,quant=q8_0', 'R=576,C=1536,quant=q4_0'] },
  ],
  budget: { sampleMs: 40, warmupMs: 50, minSamples: 5, processes: 3, limitMs: 60_000 },
};
