import { expect, it } from 'vitest';
import { makeHost } from '../../harness/runtimes/host.ts';
import { createProcessHost } from '../../harness/runtimes/process-host.ts';
import type { Host } from '../kernel.ts';
import { unsupported } from './check.ts';
import { isGpuPeer, isPagePeer, PEERS, peerOf, peerVariant, usesGpu } from './peer.ts';

it('a variant names its peer, on all threads too; peers of WebGPU are named so', () => {
  expect(peerOf('llama-cpp-threads')).toBe('llama-cpp');
  expect(peerOf('ort-webgpu')).toBe('ort-webgpu');
  expect(peerOf('a-library-of-my-own')).toBeUndefined();
  expect(PEERS.filter(isGpuPeer)).toEqual(['tfjs-webgpu', 'ort-webgpu', 'jax-js-webgpu']);
  expect(PEERS.filter((name) => isPagePeer(name) && !isGpuPeer(name))).toEqual(['wllama']);
});

it('what runs on a GPU: the back end webgpu, and of peers those of WebGPU', () => {
  expect(usesGpu({ backend: 'webgpu' })).toBe(true);
  expect(usesGpu({ backend: 'peer', variant: 'tfjs-webgpu' })).toBe(true);
  expect(usesGpu({ backend: 'peer', variant: 'tfjs' })).toBe(false);
  expect(usesGpu({ backend: 'wasm', variant: 'tfjs-webgpu' })).toBe(false);
});

it('a peer of WebGPU says what it lacks: in Node a page, in a page its package, then an adapter', async () => {
  const variant = peerVariant('jax-js-webgpu', 'its sum', () => Promise.reject(new Error('not called')));
  const why = (host: Host) => unsupported(variant, {}, host);
  const node = await createProcessHost();
  expect(why(node)).toMatch(/^jax-js-webgpu is not installed for node: .* for pages with WebGPU \(--runtime/);
  await node.close();
  const page = (peers: Host['peers']) =>
    makeHost({
      ...{ runtime: 'firefox', threads: 1, gpu: { reason: 'no WebGPU adapter' }, peers },
      spawn: () => expect.fail('a worker was started'),
      load: () => expect.fail('a file was loaded'),
      tensor: () => expect.fail('a tensor was loaded'),
    });
  expect(why(page(new Map()))).toMatch(
    /^jax-js-webgpu is not installed for firefox: npx zoo peers add jax-js-webgpu/,
  );
  expect(why(page(new Map([['jax-js-webgpu', '@jax-js/jax 0.1.25']])))).toBe('no WebGPU adapter');
});
