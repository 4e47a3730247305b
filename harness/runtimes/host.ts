/** The part of a {@link Host} that is the same in every engine. */
import type { Backend, Host, Pool } from '../../kernels/kernel.ts';
import { Arena } from '../../kernels/lib/arena.ts';
import { peerOf } from '../../kernels/lib/peer.ts';
import { createPool, type PoolWorker } from '../../kernels/lib/pool.ts';
import type { HostInfo } from '../record.ts';

/** What differs between engines. */
export interface HostParts<G extends Host['gpu']>
  extends Pick<Host, 'runtime' | 'threads' | 'load' | 'tensor'>,
    Partial<Pick<Host, 'peers' | 'peer'>> {
  readonly gpu: G;
  /** Starts a worker of the pool. */
  spawn(): PoolWorker;
}

export interface ClosableHost<G extends Host['gpu']> extends Host {
  readonly gpu: G;
  /** Ends the workers of the pool. */
  close(): Promise<void>;
}

export function makeHost<G extends Host['gpu']>({ spawn, ...parts }: HostParts<G>): ClosableHost<G> {
  const arenas = new Map<boolean, Arena>();
  let pool: Promise<Pool> | undefined;
  return {
    peers: new Map(),
    peer: (name) => Promise.reject(new Error(`there is no ${name} here`)),
    ...parts,
    simd: WebAssembly.validate(SIMD_PROBE),
    relaxedSimd: WebAssembly.validate(RELAXED_PROBE),
    arena(shared) {
      let arena = arenas.get(shared);
      if (!arena) {
        arena = new Arena(shared);
        arenas.set(shared, arena);
      }
      return arena;
    },
    pool() {
      pool ??= Promise.resolve(createPool(parts.threads, spawn));
      return pool;
    },
    async close() {
      await (await pool)?.close();
    },
  };
}

/** What a record's `host` says of the library that does the work; nothing where that is the zoo's own. */
export function peerInfoOf(
  host: Host,
  { backend, variant }: { readonly backend: Backend; readonly variant: string },
): Pick<HostInfo, 'peer'> {
  const peer = backend === 'peer' ? host.peers.get(peerOf(variant) ?? '') : undefined;
  return peer === undefined ? {} : { peer };
}

/** Default threads: one a core, at least 2. */
export function threadsFor(cores: number): number {
  return Math.max(2, cores);
}

/** (module (func (result v128) (i8x16.splat (i32.const 0)))) */
const SIMD_PROBE = bytesOf('0061736d010000000105016000017b030201000a080106004100fd0f0b');
/** (module (func (result v128) (f32x4.relaxed_madd of three such splats))) */
const RELAXED_PROBE = bytesOf(
  '0061736d010000000105016000017b030201000a130111004100fd0f4100fd0f4100fd0ffd85020b',
);

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g)!, (pair) => Number.parseInt(pair, 16));
}
