import type { Rng } from '../../kernels/lib/rng.ts';

export async function ggufTensor(
  _type: string,
  _dims: readonly number[],
  _rng: Rng,
): Promise<Uint8Array<ArrayBuffer>> {
  throw new Error('not written yet');
}
