/** Other versions of Node, fetched once from npm into a cache folder: 120 MB each, too heavy for an install. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { oneLine, UsageError } from '../errors.ts';
import { CACHE } from '../root.ts';

/** Long enough for 120 MB over a slow line. */
const FETCH_MS = 10 * 60_000;

/**
 * The binary of a Node version, which is installed in {@link CACHE} at the first request.
 * @param version `22`, `22.12` or `22.12.0`
 * @param cache folder that holds the versions
 * @throws UsageError, in one line, for what is no version, and where the registry cannot be reached
 */
export function nodeOfVersion(version: string, cache: string = CACHE): string {
  if (!/^\d+(\.\d+){0,2}$/.test(version)) {
    throw new UsageError(`no version of Node: "${version}"; write it as 22, 22.12 or 22.12.0`);
  }
  const folder = join(cache, `node-${version}`);
  const inFolder = (base: string) =>
    join(base, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(inFolder(folder))) return inFolder(folder);
  // Beside it first, so that a fetch that is cut off leaves no half of one.
  const partial = `${folder}.${process.pid}`;
  try {
    mkdirSync(partial, { recursive: true });
    // Without it npm would take the package.json of the folder above.
    writeFileSync(join(partial, 'package.json'), '{ "private": true, "allowScripts": { "node": true } }\n');
    const flags = ['--no-audit', '--no-fund', '--no-save', '--prefix', partial];
    execFileSync('npm', ['install', ...flags, `node@${version}`], {
      cwd: partial,
      encoding: 'utf8',
      stdio: 'pipe',
      timeout: FETCH_MS,
      shell: process.platform === 'win32',
    });
    // Fails where it was built for another platform.
    execFileSync(inFolder(partial), ['--version'], { stdio: 'pipe' });
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
  } catch (error) {
    // Another process was faster.
    if (existsSync(inFolder(folder))) return inFolder(folder);
    throw new UsageError(`cannot fetch node@${version} from npm: ${why(error)}`);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return inFolder(folder);
}

/** npm's own words where it has any. */
function why(error: unknown): string {
  const { stderr = '' } = error as { stderr?: string };
  const lines = String(stderr)
    .split('\n')
    .filter((line) => /^npm (error|ERR!)/.test(line))
    .map((line) => line.replace(/^npm (error|ERR!)\s*/, ''));
  const telling = lines.find((line) => !/^(code|errno|syscall|A complete log|Log files)\b/.test(line));
  return telling ?? oneLine(error);
}
