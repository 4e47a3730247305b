import { defineVariant, type Host, type Prepared } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { type WasmCall, wasmThreadsVariant, wasmVariant } from '../lib/wasm.ts';
import type { DotInput, DotShape } from './index.ts';

const MODULE = new URL('./simd.wasm', import.meta.url);

/** The call dot1(a, b, out, N, thread, threads), or dot4. */
function alone(host: Host, name: string, { N }: DotShape, input: DotInput): Promise<Prepared<DotInput>> {
  const layout = (region: Region, { a, b }: DotInput) => {
    const out = region.f32(1);
    return { args: [region.f32(a).ptr, region.f32(b).ptr, out.ptr, N], out };
  };
  return wasmVariant(host, { url: MODULE, export: name, layout }, input);
}

/** The call dot(a, b, out, N, finished, parts, thread, threads). */
function call({ N }: DotShape, threads: number): WasmCall<DotInput> {
  return {
    url: MODULE,
    export: 'dot',
    layout(region, { a, b }) {
      const out = region.f32(1);
      const args = [region.f32(a).ptr, region.f32(b).ptr, out.ptr, N];
      return { args: [...args, region.i32(1).ptr, region.u8(8 * threads).ptr], out };
    },
  };
}

export const serialSimd = defineVariant<DotInput, DotShape>({
  name: 'simd-1',
  backend: 'wasm',
  idea: 'four lanes, one vector of sums: each multiply-add waits for the one before, and most of what lanes could gain is lost',
  ledger: ['S3-34', 'S3-35'],
  prepare: (input, shape, host) => alone(host, 'dot1', shape, input),
});

export const simd4 = defineVariant<DotInput, DotShape>({
  name: 'simd-4',
  backend: 'wasm',
  idea: 'four vectors of sums: as fast as eight, since two loads a multiply-add limit both',
  ledger: ['S3-35'],
  prepare: (input, shape, host) => alone(host, 'dot4', shape, input),
});

export const simd = defineVariant<DotInput, DotShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'eight vectors of sums: two loads a multiply-add are the limit within L1, bandwidth beyond',
  ledger: ['S3-34', 'S3-35'],
  prepare: (input, shape, host) => wasmVariant(host, call(shape, 1), input),
});

export const simdThreads = defineVariant<DotInput, DotShape>({
  name: 'simd-threads',
  backend: 'wasm-threads',
  idea: 'a part of the elements for each thread, whose sums the last to finish adds up',
  prepare: (input, shape, host) => wasmThreadsVariant(host, call(shape, host.threads), input),
});
