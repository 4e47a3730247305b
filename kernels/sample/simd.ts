import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { wasmVariant } from '../lib/wasm.ts';
import { MODES } from './constants.ts';
import type { SampleInput, SampleShape } from './index.ts';

export const simd = defineVariant<SampleInput, SampleShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'maximum, exponentials and sums four at a time; top-k passes over sixteen tokens at once that are below the fortieth so far; a sum for each 1024 tokens shortens the drawing; top-p sums tokens by buckets and selects within one',
  prepare: (input, { R, S, mode }, host) => {
    const layout = (region: Region, { logits, u }: SampleInput) => {
      const x = region.f32(logits);
      const uniform = region.u8(new Uint8Array(u.buffer, u.byteOffset, u.byteLength));
      const weights = region.f32(S);
      const sums = region.u8(8 * Math.ceil(S / 1024));
      const buckets = region.u8(8 * 512);
      const list = region.i32(S);
      const kept = region.i32(S);
      const out = region.i32(R);
      const scratch = [weights.ptr, sums.ptr, buckets.ptr, list.ptr, kept.ptr];
      return { args: [x.ptr, uniform.ptr, out.ptr, ...scratch, R, S, MODES.indexOf(mode)], out };
    };
    return wasmVariant(
      host,
      { url: new URL('./simd.wasm', import.meta.url), export: 'sample', layout },
      input,
    );
  },
});
