/**
 * Where this tree stands, and the one thing in which its two forms differ: in a clone the sources are run by tsx, the package
 * holds the same tree compiled, below `dist`. What names a file of the tree does it through here.
 */
import { homedir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Ending of the modules of this tree: `.ts` in a clone, `.js` in the package. */
export const MODULE = extname(new URL(import.meta.url).pathname);

export const IS_COMPILED = MODULE === '.js';

/** The folder that `kernels/`, `harness/` and the others stand in. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The folder of `package.json`. */
export const PACKAGE = IS_COMPILED ? join(ROOT, '..') : ROOT;

/** For what is fetched once. An installed package is no place to keep things: the next install empties it. */
export const CACHE = IS_COMPILED
  ? join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'kernel-zoo')
  : join(ROOT, '.cache');

/** The path of a module of this tree, which is named by its source, as it is to be loaded here. */
export function moduleFile(source: string): string {
  return join(ROOT, source.replace(/\.ts$/, MODULE));
}
