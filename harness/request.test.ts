import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { PEERS, peerOf } from '../kernels/lib/peer.ts';
import type { Selection } from './plan.ts';
import { requestPlan } from './request.ts';
import { ROOT } from './root.ts';

vi.mock(import('./peers.ts'), async (original) => ({
  ...(await original()),
  installedPeers: () =>
    new Map([
      ['tfjs', '@tensorflow/tfjs-core 4.22.0'],
      ['jax-js-webgpu', '@jax-js/jax 0.1.25'],
    ]),
}));

async function peersOf(selection: Selection): Promise<string[]> {
  const { groups } = await requestPlan({ files: { kernels: [], variants: [] }, selection, limits: {} });
  return groups.map(({ variant }) => variant).filter((name) => peerOf(name) !== undefined);
}

const one = { cases: ['M=5,N=7,K=3'] };
/** They run whole models only. */
const OF_MODELS = ['llama-cpp', 'wllama'];
const OF_MATMUL = PEERS.filter((name) => !OF_MODELS.includes(name));
const step = 'llama-decode/llama-cpp-threads@model=tiny,quant=q8_0,depth=0';

it.each<[string, Selection, string[]]>([
  ['whole kernels have the libraries that are installed', { selectors: ['matmul'], ...one }, ['tfjs']],
  [
    'pages have those of WebGPU',
    { selectors: ['matmul'], runtimes: ['chromium'], ...one },
    ['jax-js-webgpu'],
  ],
  ['one that is named, too', { selectors: ['matmul/ort-web'], ...one }, ['ort-web']],
  ['the back end means all', { selectors: ['matmul'], backends: ['peer'], ...one }, OF_MATMUL],
  [
    'on all threads it is missing as on one',
    { selectors: ['llama-decode'], cases: [step.split('@')[1]!] },
    [],
  ],
  ['and is named as on one', { selectors: [step] }, ['llama-cpp-threads']],
])('%s', async (_, selection, peers) => {
  expect((await peersOf(selection)).sort()).toEqual([...peers].sort());
});

it('a file brings the cases of its own shapes: to dequant, or to the pipelines that are named', async () => {
  const gguf = join(ROOT, 'models/trained/kjv-bytes-f16.gguf');
  const casesOf = async (selection: Selection) => {
    const { groups } = await requestPlan({
      files: { kernels: [], variants: [], gguf },
      selection,
      limits: {},
    });
    return [...new Set(groups.flatMap(({ cells }) => cells.map((cell) => cell.id.replace(/\/[^@]*/, ''))))];
  };
  expect(await casesOf({})).toContain('dequant@R=259,C=256,quant=f16');
  expect(await casesOf({ selectors: ['llama-decode'] })).toEqual([
    'llama-decode@model=kjv-bytes-f16.gguf,quant=file,depth=0',
    'llama-decode@model=kjv-bytes-f16.gguf,quant=file,depth=128',
  ]);
});
