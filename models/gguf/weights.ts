/** Seeded random weights: the stand-in for trained ones where only shapes and formats matter. */
import { QUANTIZERS } from '../../kernels/lib/quantize.ts';
import type { Rng } from '../../kernels/lib/rng.ts';
import { Normals } from './normals.ts';
import { GGML_TYPES, type GgmlType, tensorBytes } from './types.ts';
import type { GgufTensor } from './writer.ts';

/** Encodes whole blocks. */
type Encode = (x: Float32Array, out: Uint8Array) => void;

const ENCODERS: Partial<Record<GgmlType, Encode>> = {
  f32: (x, out) => out.set(new Uint8Array(x.buffer)),
  ...QUANTIZERS,
};

/** Elements that are made at a time; a multiple of every block, and 256 KiB of float32. */
const PIECE = 1 << 16;

/** Deviation of the weights; trained transformers begin with it (GPT-2). */
export const DEVIATION = 0.02;

/**
 * A tensor of normal weights. They depend on the generator's seed and the name alone, not on what else is written; `data`
 * gives the same bytes each time.
 * @throws Error for a type without a quantiser
 */
export function randomWeights(
  name: string,
  type: GgmlType,
  dims: readonly number[],
  rng: Rng,
  mean = 0,
): GgufTensor {
  const encode = ENCODERS[type];
  if (!encode)
    throw new Error(`there is no quantiser to ${type}; there are ${Object.keys(ENCODERS).join(', ')}`);
  const { block, bytes } = GGML_TYPES[type];
  return {
    name,
    type,
    dims,
    *data() {
      const normals = new Normals(rng.fork(name));
      let left = (tensorBytes(type, dims) / bytes) * block;
      for (; left > 0; left -= PIECE) {
        const x = new Float32Array(Math.min(left, PIECE));
        normals.fill(x, mean, DEVIATION);
        const out = new Uint8Array((x.length / block) * bytes);
        encode(x, out);
        yield out;
      }
    },
  };
}
