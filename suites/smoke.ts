import { backEnds, named, type Suite } from './suite.ts';

export const smokeSuite: Suite = {
  name: 'smoke',
  question: 'Does every variant run and give right results here?',
  selection: [
    { select: backEnds('matmul'), cases: ['M=192,N=192,K=192'] },
    { select: ['softmax'], cases: ['R=1536,C=128'] },
    { select: ['gelu', 'tanh'], cases: ['N=3072'] },
    { select: ['rmsnorm'], cases: ['R=128,C=576'] },
    { select: ['rope'], cases: ['T=128,H=9,D=64,layout=half'] },
    { select: ['dequant'], cases: ['R=576,C=1536,quant=q8_0'] },
    {
      select: named('llama-decode', ['naive', 'simd', 'simd-threads', 'webgpu']),
      cases: ['model=tiny-256,quant=q8_0,depth=5'],
    },
    {
      select: named('llama-prefill', ['simd', 'simd-threads', 'webgpu']),
      cases: ['model=tiny-256,quant=q8_0,tokens=7'],
    },
    {
      select: named('gpt2-generate', ['in-place', 'simd', 'webgpu-loop']),
      cases: ['model=tiny,prompt=7,tokens=9'],
    },
  ],
  budget: { sampleMs: 50, warmupMs: 30, minSamples: 5, processes: 1, limitMs: 60_000 },
};
