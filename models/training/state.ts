/** What a training needs to go on where it stopped: weights and moments, and how many steps were taken. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Model } from './model.ts';

/** Written beside and renamed, so that a stop at any moment leaves a whole file. */
export async function saveState(path: string, model: Model, steps: number): Promise<void> {
  const parts = [Float32Array.of(steps), ...model.memory.groups.map(({ states }) => states.view())];
  const partial = `${path}.${process.pid}.tmp`;
  await writeFile(partial, Buffer.concat(parts.map((part) => new Uint8Array(part.slice().buffer))));
  await rename(partial, path);
}

/**
 * @returns how many steps were taken: 0 where there is no such file
 * @throws Error where the file is of another model
 */
export async function restoreState(path: string, model: Model): Promise<number> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!bytes) return 0;
  const values = new Float32Array(new Uint8Array(bytes).buffer);
  const length = model.memory.groups.reduce((sum, { states }) => sum + states.length, 1);
  if (values.length !== length) throw new Error(`${path} has ${values.length} numbers, not ${length}`);
  let at = 1;
  for (const { states } of model.memory.groups) {
    states.view().set(values.subarray(at, at + states.length));
    at += states.length;
  }
  return values[0]!;
}
