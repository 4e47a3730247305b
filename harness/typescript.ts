/** How a Node process reads TypeScript: the tree's own sources in a clone, and a user's files in both. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { IS_COMPILED } from './root.ts';

const require = createRequire(import.meta.url);

/**
 * What a Node process is started with to run a module of this tree: nothing where it is compiled. Resolved here: such a process
 * may start in a folder that has no tsx.
 */
export const LOADER: readonly string[] = IS_COMPILED
  ? []
  : ['--import', pathToFileURL(require.resolve('tsx')).href];

/** Bun and Deno read it themselves, and so does Node from 22.18 on; what tsx runs has its loader already. */
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
