import { expect, it, vi } from 'vitest';
import { PEERS } from '../kernels/lib/peer.ts';
import type { Selection } from './plan.ts';
import { requestPlan } from './request.ts';

vi.mock(import('./peers.ts'), async (original) => ({
  ...(await original()),
  installedPeers: () => new Map([['tfjs', '@tensorflow/tfjs-core 4.22.0']]),
}));

async function peersOf(selection: Selection): Promise<string[]> {
  const { groups } = await requestPlan({ files: { kernels: [], variants: [] }, selection, limits: {} });
  return groups.map(({ variant }) => variant).filter((name) => (PEERS as readonly string[]).includes(name));
}

const one = { cases: ['M=5,N=7,K=3'] };

it.each<[string, Selection, string[]]>([
  ['whole kernels have the libraries that are installed', { selectors: ['matmul'], ...one }, ['tfjs']],
  ['pages have none', { selectors: ['matmul'], runtimes: ['chromium'], ...one }, []],
  ['one that is named, too', { selectors: ['matmul/ort-web'], ...one }, ['ort-web']],
  ['the back end means all', { selectors: ['matmul'], backends: ['peer'], ...one }, [...PEERS]],
])('%s', async (_, selection, peers) => {
  expect((await peersOf(selection)).sort()).toEqual([...peers].sort());
});
