/** Which code is measured. */
import { execFileSync } from 'node:child_process';
import { ROOT } from './root.ts';

/** Commit of the tree that is measured, and whether it differs from it. */
export function gitState(): { commit?: string; dirty?: boolean } {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' }).trim();
  try {
    return { commit: git('rev-parse', 'HEAD'), dirty: git('status', '--porcelain') !== '' };
  } catch {
    return {}; // no checkout: an installed package
  }
}
