import type { Rng } from '../../kernels/lib/rng.ts';
import { memorySource, openGguf } from './reader.ts';
import { isGgmlType } from './types.ts';
import { randomWeights } from './weights.ts';
import { serializeGguf } from './writer.ts';

/**
 * One tensor of random weights as a GGUF file stores it: a file is written and read back, in memory.
 * Each call with the same generator gives another tensor.
 * @param type ggml type name with a quantiser: `f32`, or one of lib/quant.ts
 * @param dims row-major: `[rows, columns]`
 */
export async function ggufTensor(
  type: string,
  dims: readonly number[],
  rng: Rng,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!isGgmlType(type)) throw new Error(`unknown ggml type "${type}"`);
  const name = 'weight';
  // A fork depends on its label alone: without the number, a second tensor would equal the first.
  const weights = randomWeights(name, type, dims, rng.fork(`tensor ${rng.integer(2 ** 32)}`));
  const file = 'generated.gguf';
  // Copies: a writer may use one piece's memory for the next.
  const pieces = Array.from(serializeGguf(file, { metadata: new Map(), tensors: [weights] }), (piece) =>
    piece.slice(),
  );
  const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
  return (await openGguf(memorySource(file, bytes))).read(name);
}
