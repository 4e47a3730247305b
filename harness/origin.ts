/** Which commit is measured. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { UserFiles } from './catalogue.ts';
import { IS_COMPILED, ROOT } from './root.ts';

/** Commit of the tree that is measured, and whether it differs from it. */
export interface Origin {
  readonly commit?: string;
  readonly dirty?: boolean;
}

/** Folders that the zoo writes to by default, in the one that it is run in: what is in them is no change of what is measured. */
export const RESULTS = 'results';
export const HISTORY = '.zoo-history';

/**
 * Of the repository that the user's own files are in. Without such files that of the zoo's own tree; where this is an installed
 * package, that of the project that it is run in.
 */
export function originOf({ kernels, variants }: UserFiles): Origin {
  const [file] = [...kernels, ...variants.map((variant) => variant.file)].filter((path) => existsSync(path));
  if (file !== undefined) return gitState(dirname(resolve(file)));
  return gitState(IS_COMPILED ? process.cwd() : ROOT);
}

/** @param from folder within the repository; one that is in none has no commit */
export function gitState(from: string): Origin {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: from, encoding: 'utf8', stdio: 'pipe' }).trim();
  try {
    const top = git('rev-parse', '--show-toplevel');
    const written = [RESULTS, HISTORY]
      .map((folder) => relative(top, resolve(folder)).replaceAll('\\', '/'))
      .filter((path) => !path.startsWith('..'));
    const without = written.map((path) => `:(exclude,top)${path}`);
    const commit = git('rev-parse', 'HEAD');
    return { commit, dirty: git('status', '--porcelain', '--', ':/', ...without) !== '' };
  } catch {
    return {}; // no checkout, or one without a commit
  }
}
