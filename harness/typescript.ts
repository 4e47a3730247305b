/** How a Node process reads TypeScript: the tree's own sources in a clone, and a user's files in both. */
import { join } from 'node:path';
import { CACHE, IS_COMPILED } from './root.ts';

/** What a Node process is started with to run a module of this tree: nothing where it is compiled. */
export const LOADER: readonly string[] = IS_COMPILED
  ? []
  : ['--import', new URL('./loader.js', import.meta.url).href];

/** Where Node keeps what it made of the sources: without it a process takes a second longer to start. Node 20 does not know it. */
export const COMPILE_CACHE: NodeJS.ProcessEnv = IS_COMPILED
  ? {}
  : { NODE_COMPILE_CACHE: join(CACHE, 'compiled') };

/** Bun and Deno read it themselves, and so does Node from 22.18 on; in a clone of this tree the others have a loader already. */
const reads =
  !IS_COMPILED ||
  'bun' in process.versions ||
  'deno' in process.versions ||
  Boolean((process.features as { typescript?: unknown }).typescript);

let registered = reads;

/** Makes this thread able to import `file`, where it is TypeScript and the engine cannot read that. */
export async function readyFor(file: string): Promise<void> {
  if (registered || !/\.[cm]?ts$/.test(file)) return;
  const { register } = await import('tsx/esm/api');
  register();
  registered = true;
}
