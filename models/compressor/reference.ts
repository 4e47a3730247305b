/** What each byte should cost, by the model in float64. No variant imports this file. */

import { cdfReference } from '../../kernels/cdf/reference.ts';
import type { Reference } from '../../kernels/kernel.ts';
import type { Rng } from '../../kernels/lib/rng.ts';
import { forward, type LayerCache } from '../llama/reference.ts';
import { type CompressorInput, type CompressorShape, stretches, windowOfShape } from './input.ts';
import { bytesAmong } from './next-byte.ts';

/** What the floor of two counts more or less, in either path, does to the bits of a byte that has `count`. */
const FLOOR_COUNTS = 2;

/**
 * One window at random of the input: float64 takes milliseconds a byte. The bits of its bytes, and none beyond what the coder may take.
 * @param bound of the kernel's tolerance, which scales are made for
 */
export function costs(
  { model, bytes }: CompressorInput,
  shape: CompressorShape,
  rng: Rng,
  bound: number,
): Reference {
  const all = stretches(bytes.length, windowOfShape(shape));
  const { from, first, end } = all[rng.integer(all.length)]!;
  const values: number[] = [];
  const scale: number[] = [];
  const { first: zero, begin } = bytesAmong(model.weights.config.vocabulary);
  // `<s>`, and what the window begins with.
  let tokens = [begin, ...Array.from(bytes.subarray(from, first), (byte) => zero + byte)];
  let position = 0;
  let cache: readonly LayerCache[] | undefined;
  for (let n = first; n < end; n++) {
    const { logits, added } = forward(model.tensors, tokens, position, cache);
    cache = added.map((layer, l) => behind(cache?.[l], layer));
    position += tokens.length;
    const count = countOf(logits.subarray(zero, zero + 256), bytes[n]!);
    values.push(-Math.log2(count / 1e6));
    scale.push(1 + Math.log2(1 + FLOOR_COUNTS / count) / bound);
    tokens = [zero + bytes[n]!];
  }
  values.push(0);
  scale.push(1);
  const indices = Uint32Array.from(values, (_, i) => (first + i < end ? first + i : bytes.length));
  return { values: Float64Array.from(values), indices, scale: Float64Array.from(scale) };
}

/** Of 10^6, as the kernel `cdf` shares them out. */
function countOf(logits: Float64Array, byte: number): number {
  const highest = Math.max(...logits);
  const powers = logits.map((v) => Math.exp(v - highest));
  const sum = powers.reduce((a, b) => a + b);
  const { values } = cdfReference(Float32Array.from(powers, (v) => v / sum));
  return values[byte + 1]! - values[byte]!;
}

function behind(before: LayerCache | undefined, { keys, values }: LayerCache): LayerCache {
  if (!before) return { keys, values };
  return { keys: joined(before.keys, keys), values: joined(before.values, values) };
}

function joined(before: Float64Array, after: Float64Array): Float64Array {
  const out = new Float64Array(before.length + after.length);
  out.set(before);
  out.set(after, before.length);
  return out;
}
