/** The files that are shipped: the trained model, and a piece of the text that it was not trained on. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { TRAINED } from '../trained/files.ts';
import { readModel } from './export.ts';
import { HELD_OUT } from './held-out.ts';

export const MODEL = fileURLToPath(TRAINED);

export const shippedModel = () => readModel(MODEL);

/** The first 64 kB of the held-out text (README.md). */
export async function heldOutPiece(): Promise<Uint8Array> {
  return new Uint8Array(await readFile(HELD_OUT));
}
