/** Variants of back end `peer`: the same work by a published library, on the same inputs and the same check. */
import type { Backend, FloatArray, Host, Prepared, Shape, Tolerance, Variant } from '../kernel.ts';

/**
 * The libraries, by their folders in `kernels/peers`: a package each, with a lock file of its own, which `zoo peers add` installs;
 * its first dependency is the library. A variant of back end `peer` has the name of the peer that does its work, with `-threads` where it
 * does so on all threads of the host.
 */
export const PEERS = [
  'tfjs',
  'ort-web',
  'ort-node',
  'jax-js',
  'llama-cpp',
  'wllama',
  'tfjs-webgpu',
  'ort-webgpu',
  'jax-js-webgpu',
] as const;
export type PeerName = (typeof PEERS)[number];

export function isPeer(name: string): name is PeerName {
  return (PEERS as readonly string[]).includes(name);
}

/** One that computes on the WebGPU of a page. */
export function isGpuPeer(name: string): boolean {
  return isPeer(name) && name.endsWith('-webgpu');
}

/** One that runs in a page; the others run in Node, Bun and Deno. */
export function isPagePeer(name: string): boolean {
  return name === 'wllama' || isGpuPeer(name);
}

/** Whether a variant computes on a GPU: what then binds is the GPU, and the times of a software adapter say nothing. */
export function usesGpu({
  backend,
  variant = '',
}: {
  readonly backend: Backend;
  readonly variant?: string | undefined;
}): boolean {
  return backend === 'webgpu' || (backend === 'peer' && isGpuPeer(variant));
}

/** The peer that does the work of a variant of back end `peer`; none where a user's own variant brings its library itself. */
export function peerOf(variant: string): PeerName | undefined {
  const name = variant.replace(/-threads$/, '');
  return isPeer(name) ? name : undefined;
}

/** One operation of a library on tensors that are its own: made outside `run`, in and out of it by its own ways. */
export interface PeerCall {
  run(): void;
  /** Where its calls return promises. */
  sync?(): Promise<void>;
  read(): FloatArray | Promise<FloatArray>;
  dispose(): void;
}

/** A variant by a peer's adaptor; see the files of `kernels/peers`. */
export function peerVariant<I, S extends Shape, M>(
  name: PeerName | `${PeerName}-threads`,
  idea: string,
  start: (module: M, input: I, shape: S, host: Host) => PeerCall | Promise<PeerCall>,
  more: Partial<Variant<I, S>> = {},
): Variant<I, S> {
  return {
    name,
    backend: 'peer',
    lenient: true,
    idea,
    ...more,
    async prepare(input, shape, host): Promise<Prepared<I>> {
      return start((await host.peer(peerOf(name)!)) as M, input, shape, host);
    },
  };
}

/** A library that is less exact than the kernel asks for: what it was found to reach. */
export function within(
  metric: Tolerance['metric'],
  bound: number,
): Pick<Variant, 'approximation' | 'tolerance'> {
  return { approximation: true, tolerance: { metric, bound, why: 'what this library was found to reach' } };
}
