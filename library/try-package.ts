/**
 * The package as its users have it: packed, installed in an empty project, and used there by every way in. Run by
 * `npm run test:package [-- ENGINE…]`; an engine is `node@20`, or `bun`; default: the pinned Node. Ends with exit code 1 at the
 * first thing that is not as it must be.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { filesBelow } from '../harness/files.ts';
import { ROOT } from '../harness/root.ts';
import { type Program, programOf } from '../harness/runtimes/process.ts';
import { tryPage } from './try-page.ts';
import { tryRepository } from './try-repository.ts';

/** Most bytes of the tarball; a package that doubles has taken something in by mistake. */
const MOST_BYTES = 1_500_000;
/** Most bytes of all that an install brings. */
const MOST_INSTALLED = 40_000_000;

const IS_WINDOWS = process.platform === 'win32';
const project = mkdtempSync(join(tmpdir(), 'kernel-zoo-package-'));

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function must(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** @returns stdout */
function sh(
  command: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): string {
  const started = performance.now();
  try {
    return execFileSync(command, args, {
      ...{ cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], shell: IS_WINDOWS, ...options },
    });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${[command, ...args].join(' ')} failed\n${stdout}\n${stderr}`);
  } finally {
    say(`  ${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s  ${args.join(' ')}`);
  }
}

function install(): void {
  const [packed] = JSON.parse(
    sh('npm', ['pack', '--json', '--pack-destination', project], { cwd: ROOT }),
  ) as [{ filename: string; size: number; unpackedSize: number; files: { path: string }[] }];
  must(packed.size < MOST_BYTES, `the tarball has ${packed.size} bytes`);
  const sources = packed.files.filter(({ path }) => /(?<!\.d)\.[cm]?ts$|\.test\.|\.fixture\./.test(path));
  must(sources.length === 0, `the package holds sources: ${sources.map(({ path }) => path).join(' ')}`);
  cpSync(join(ROOT, 'library/try-project'), project, { recursive: true });
  sh('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', `./${packed.filename}`]);
  const installed = bytesBelow(join(project, 'node_modules'));
  must(installed < MOST_INSTALLED, `the install has ${installed} bytes`);
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  say(
    `  tarball ${mb(packed.size)}, unpacked ${mb(packed.unpackedSize)}, with what it needs ${mb(installed)}`,
  );
  // What the project's author would have installed beside it.
  for (const name of ['typescript', 'vite', 'vitest', '@types/node']) {
    const link = join(project, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    if (!existsSync(link)) symlinkSync(join(ROOT, 'node_modules', name), link, 'junction');
  }
}

function bytesBelow(folder: string): number {
  return filesBelow(folder, '.', /./).reduce((sum, file) => sum + lstatSync(join(folder, file)).size, 0);
}

function checkTypes(): void {
  sh(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.']);
}

/** Every way in, by one engine. */
function use({ engine, file }: Program): void {
  const env = { ...process.env, PATH: `${dirname(file)}${delimiter}${process.env.PATH}`, NODE_OPTIONS: '' };
  const zoo = (...args: string[]) =>
    engine === 'bun'
      ? sh(file, ['--bun', 'run', 'zoo', ...args], { env })
      : sh('npx', ['--no', 'zoo', ...args], { env });
  rmSync(join(project, 'results'), { recursive: true, force: true });

  const quick = ['--processes', '1', '--time', '20', '--no-tiers', '--format', 'json'];
  const own = JSON.parse(zoo('bench', '--kernel', './mine.js', ...quick)) as OneRow[];
  must(own.length === 4 && own.every(({ status }) => status === 'ok'), `mine.js: ${JSON.stringify(own)}`);
  must(
    own.every(({ runtime }) => runtime.startsWith(engine)),
    `measured in ${own[0]?.runtime}, not ${engine}`,
  );
  const typed = JSON.parse(zoo('bench', '--kernel', './typed.ts', ...quick)) as OneRow[];
  must(
    typed.length === 2 && typed.every(({ status }) => status === 'ok'),
    `typed.ts: ${JSON.stringify(typed)}`,
  );
  const smoke = JSON.parse(zoo('bench', '--suite', 'smoke', ...quick)) as OneRow[];
  const bad = smoke.filter(({ status }) => status === 'failed' || status === 'wrong');
  must(smoke.length > 40 && bad.length === 0, `smoke: ${JSON.stringify(bad)}`);
  const gate = zoo('gate', 'gelu/blocked', 'gelu/simd', '--case', 'N=3072', '--no-tiers');
  must(/gate: passed/.test(gate), gate);
  zoo('report');
  must(
    readFileSync(join(project, 'results/report.html'), 'utf8').includes('vega'),
    'the report has no charts',
  );
  must(sh(file, ['entries.js'], { env }).includes('all entries work'), 'entries.js');
}

interface OneRow {
  readonly status: string;
  readonly runtime: string;
}

try {
  say('pack and install');
  install();
  say('types');
  checkTypes();
  for (const name of process.argv.length > 2 ? process.argv.slice(2) : ['node']) {
    const program = programOf(name)!;
    say(`${name}: ${sh(program.file, ['--version']).trim()}`);
    use(program);
  }
  say('tests of a user');
  sh(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run']);
  say('a page, built by Vite, in Chromium');
  say(`  ${await tryPage(project)}`);
  say('budgets, the gate against a commit, and history, in a repository');
  tryRepository(project, programOf('node')!.file);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  rmSync(project, { recursive: true, force: true });
}
