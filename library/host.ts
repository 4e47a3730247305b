/** What variants are offered where a program calls them: in Node, Bun and Deno, and in pages, bundled or not. */

import { type ClosableHost, makeHost } from '../harness/runtimes/host.ts';
import type { Host } from '../kernels/kernel.ts';
import type { PoolWorker } from '../kernels/lib/pool.ts';

const { process } = globalThis as { process?: NodeJS.Process };

/** Bundlers that put this in a page leave out what they do not see: these modules are asked for only where they are. */
const isProcess = typeof process?.getBuiltinModule === 'function';

/** @throws Error where threads are asked for in a page, whose main thread must not wait for them */
export async function openHost(threads: number): Promise<ClosableHost<Host['gpu']>> {
  const spawn = threads > 1 ? await workerStarter() : noWorkers;
  return makeHost({
    runtime: isProcess ? 'this process' : 'this page',
    threads,
    gpu: { reason: 'functions of kernel-zoo/kernels run on the processor' },
    load,
    tensor: () => Promise.reject(new Error('inputs are the caller’s')),
    spawn,
  });
}

async function load(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  if (isProcess && url.protocol === 'file:') {
    return new Uint8Array(await process!.getBuiltinModule('node:fs/promises').readFile(url));
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.href} cannot be loaded: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

function noWorkers(): PoolWorker {
  throw new Error('useThreads was not called');
}

async function workerStarter(): Promise<() => PoolWorker> {
  if (!isProcess)
    throw new Error(
      'useThreads: a page cannot wait for its workers, so its kernels run on the calling thread',
    );
  // Not by a name that a bundler could follow: what it starts is a file of this package.
  const file = import.meta.url.replace(/library\/host(\.\w+)$/, 'harness/runtimes/process-host$1');
  if (file === import.meta.url)
    throw new Error('useThreads: workers are files of this package, which must not be bundled into another');
  const module = (await import(/* @vite-ignore */ /* webpackIgnore: true */ file)) as {
    startPoolWorker: () => PoolWorker;
  };
  return module.startPoolWorker;
}
