/** Versions of Node, Bun and Deno, fetched once from npm into a cache folder: 90 to 120 MB each, too heavy for an install. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { oneLine, UsageError } from '../errors.ts';
import { CACHE } from '../root.ts';
import { isVersion } from './runtime.ts';

/** Engines that npm packages of the same name bring. */
export type Package = 'node' | 'bun' | 'deno';

/** Long enough for 120 MB over a slow line. */
const FETCH_MS = 10 * 60_000;

const EXE = process.platform === 'win32' ? '.exe' : '';
/** Where their scripts put the program, from the package's folder. Bun has the ending everywhere. */
const PROGRAMS: Readonly<Record<Package, string>> = {
  node: `bin/node${EXE}`,
  bun: 'bin/bun.exe',
  deno: `deno${EXE}`,
};

/** The program of a package that is installed beside this one; undefined where it is not, or not for this platform. */
export function installed(name: Package): string | undefined {
  if (!found.has(name)) found.set(name, candidates(name).find(runs));
  return found.get(name);
}

const found = new Map<Package, string | undefined>();

/** Where the install script puts the program, and where it takes it from: npm may have been told to run no scripts. */
function candidates(name: Package): string[] {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    const { optionalDependencies = {} } = JSON.parse(readFileSync(manifest, 'utf8')) as {
      optionalDependencies?: Record<string, string>;
    };
    const { resolve } = createRequire(manifest);
    const platforms = Object.keys(optionalDependencies).flatMap((platform) => {
      try {
        return [dirname(resolve(`${platform}/package.json`))];
      } catch {
        return []; // another platform's
      }
    });
    return [
      join(dirname(manifest), PROGRAMS[name]),
      ...platforms.map((folder) => join(folder, name === 'bun' ? `bin/bun${EXE}` : PROGRAMS[name])),
    ];
  } catch {
    return [];
  }
}

/** Also false for the script that stands in a program's place until the install script has run. */
function runs(program: string): boolean {
  if (!existsSync(program)) return false;
  try {
    execFileSync(program, ['--version'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

/**
 * The program of a version, fetched at the first request and kept.
 * @param version `22`, `22.12` or `22.12.0`
 * @param cache folder that holds the versions
 * @throws UsageError, in one line, for what is no version, and where the registry cannot be reached
 */
export function ofVersion(name: Package, version: string, cache: string = CACHE): string {
  if (!isVersion(version)) {
    throw new UsageError(
      `no version of ${name}: "${version}"; write it as ${name}@1, ${name}@1.2 or ${name}@1.2.0`,
    );
  }
  const folder = join(cache, `${name}-${version}`);
  const inFolder = (base: string) => join(base, 'node_modules', name, PROGRAMS[name]);
  if (existsSync(inFolder(folder))) return inFolder(folder);
  // Beside it first, so that a fetch that is cut off leaves no half of one.
  const partial = `${folder}.${process.pid}`;
  try {
    mkdirSync(partial, { recursive: true });
    // Without it npm would take the package.json of the folder above.
    writeFileSync(
      join(partial, 'package.json'),
      `${JSON.stringify({ private: true, allowScripts: { [name]: true } })}\n`,
    );
    const flags = ['--no-audit', '--no-fund', '--no-save', '--prefix', partial];
    execFileSync('npm', ['install', ...flags, `${name}@${version}`], {
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
    throw new UsageError(`cannot fetch ${name}@${version} from npm: ${why(error)}`);
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
