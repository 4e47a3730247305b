import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Rng } from '../../kernels/lib/rng.ts';
import { openGgufFile, writeGgufFile } from './file.ts';
import { isGgmlType } from './types.ts';
import { randomWeights } from './weights.ts';

/**
 * One tensor of random weights as a GGUF file stores it: written to a file, which is deleted again, and read back.
 * Each call with the same generator gives another tensor.
 * @param type ggml type name with a quantiser: `f32`, `f16`, `q8_0` or `q4_0`
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
  const folder = await mkdtemp(join(tmpdir(), 'kernel-zoo-'));
  try {
    const path = join(folder, 'tensor.gguf');
    await writeGgufFile(path, { metadata: new Map(), tensors: [weights] });
    const gguf = await openGgufFile(path);
    try {
      return await gguf.read(name);
    } finally {
      await gguf.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}
