import { readdirSync } from 'node:fs';
import { join, sep } from 'node:path';

/**
 * Files of a folder and those below it, sorted. For `fs.globSync`, which Node 20 does not have.
 * @param folder within `root`
 * @returns paths from `root`, with `/` on every system
 */
export function filesBelow(root: string, folder: string, name: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file).split(sep).join('/'))
    .filter((file) => name.test(file))
    .sort();
}
