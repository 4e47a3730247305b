/**
 * Makes `dist`, which the package holds: this tree compiled, and beside each module the files that it reads. Run by
 * `npm run build`, and by `npm pack` and `npm publish`.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { buildWasm } from '../harness/build-wasm.ts';
import { filesBelow } from '../harness/files.ts';
import { ROOT } from '../harness/root.ts';
import { LIBRARIES } from '../reports/html.ts';

const DIST = join(ROOT, 'dist');

/** What modules read beside themselves. */
const READ: readonly (readonly [folder: string, name: RegExp])[] = [
  ['kernels', /\.(wasm|wgsl)$|^kernels\/peers\/[^/]+\/(package|package-lock|entry)\.m?js(on)?$/],
  ['models', /\.(wasm|wgsl)$/],
  ['harness', /\.(wasm|wgsl|css|html)$/],
  ['reports', /\.(css|js)$/],
  ['ci', /\.json$/],
];

const NOTICES = 'THIRD-PARTY.txt';

export async function build(): Promise<void> {
  await buildWasm();
  // What is left of a module that is gone must not be published.
  rmSync(DIST, { recursive: true, force: true });
  const compiler = join(
    dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
    'bin/tsc',
  );
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' });
  for (const [folder, name] of READ) for (const file of sources(folder, name)) copy(file, join(DIST, file));
  vendor(join(DIST, 'reports/page/vendor'));
}

/** A module whose source is gone may be left of an earlier build. */
function sources(folder: string, name: RegExp): string[] {
  return filesBelow(ROOT, folder, name).filter(
    (file) =>
      !file.endsWith('.wasm') ||
      existsSync(join(ROOT, file.replace(/(\.traced|\.wide)?(\.shared)?\.wasm$/, '.as.ts'))),
  );
}

/** The chart libraries of the report, with what their licences ask to be said. */
function vendor(folder: string): void {
  const notices = LIBRARIES.map(([name, file]) => {
    const home = join(ROOT, 'node_modules', name);
    copy(join(home, file), join(folder, basename(file)));
    const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
    return `${basename(file)}: ${name} ${version}\n\n${readFileSync(join(home, 'LICENSE'), 'utf8')}`;
  });
  writeFileSync(join(folder, NOTICES), notices.join('\n\n'));
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
}

await build();
