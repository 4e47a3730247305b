/** The files that are shipped: the trained model, and a piece of the text that it was not trained on. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readModel } from './export.ts';

export const MODEL = fileURLToPath(new URL('../trained/kjv-bytes-f16.gguf', import.meta.url));
const HELD_OUT = new URL('held-out.txt', import.meta.url);

export const shippedModel = () => readModel(MODEL);

/** The first 64 kB of the held-out text (README.md). */
export async function heldOutPiece(): Promise<Uint8Array> {
  return new Uint8Array(await readFile(HELD_OUT));
}
