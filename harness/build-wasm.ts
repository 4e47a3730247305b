/**
 * Compiles every `*.as.ts` of the repository to two WASM modules beside it: `simd.wasm` with an unshared memory and
 * `simd.shared.wasm` with a shared one; where its code has marks (kernels/lib/marks.as.ts), also to two that tell them,
 * `simd.traced.wasm` and `simd.traced.shared.wasm`, and where it has tiles for an engine that joins pairs of vectors, to two with those,
 * `simd.wide.wasm` and `simd.wide.shared.wasm`. A module is compiled again only when its source, what that imports, the compiler or
 * the flags changed.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ARENA_BASE, MAX_PAGES } from '../kernels/lib/arena.ts';
import { filesBelow } from './files.ts';
import { IS_COMPILED, ROOT } from './root.ts';

/** Bytes for the constant tables of one module; the first KiB stays unused, so that address 0 is never a table. */
const SLOT = 2048;
const FIRST_SLOT = 1024;

const COMMON = [
  '-O3',
  '--noAssert',
  '--runtime',
  'stub',
  '--enable',
  'simd',
  '--enable',
  'relaxed-simd',
  '--importMemory',
];
/** `_` in the memory's name would be quoted; names keep profiles readable. */
const DEBUG_NAMES = ['--debug'];

const SHARED = ['--enable', 'threads', '--sharedMemory', '--maximumMemory', String(MAX_PAGES)];

interface Form {
  readonly suffix: string;
  readonly flags: readonly string[];
}
const FORMS: readonly Form[] = [
  { suffix: '.wasm', flags: [] },
  { suffix: '.shared.wasm', flags: SHARED },
];

/** Constants that a source may ask for, and the form of its modules in which one is set. */
const CONSTANTS = { ZOO_TRACED: 'traced', ZOO_WIDE: 'wide' } as const;

/** @param texts of a source and of all that it imports */
function formsOf(texts: readonly string[]): readonly Form[] {
  const asked = Object.entries(CONSTANTS).filter(([name]) => texts.some((text) => text.includes(name)));
  return [undefined, ...asked].flatMap((set) => {
    const values = asked.flatMap((each) => ['--use', `${each[0]}=${Number(each === set)}`]);
    return FORMS.map(({ suffix, flags }) => ({
      suffix: set ? `.${set[1]}${suffix}` : suffix,
      flags: [...values, ...flags],
    }));
  });
}

/** Called before each compilation. */
export type BuildProgress = (source: string, done: number, total: number) => void;

/**
 * Brings all modules of a tree up to date. The package holds them built, and neither their sources nor the compiler.
 * @returns how many modules were compiled
 * @throws with the compiler's message when a source does not compile
 */
export async function buildWasm(progress: BuildProgress = () => {}, root = ROOT): Promise<number> {
  if (IS_COMPILED && root === ROOT) return 0;
  const stampFile = join(root, '.cache', 'wasm.json');
  const sources = ['harness', 'kernels', 'models'].flatMap((folder) => filesBelow(root, folder, /\.as\.ts$/));
  const library = sources.filter((source) => source.startsWith('kernels/lib/'));
  const modules = sources.filter((source) => !library.includes(source));
  if (FIRST_SLOT + SLOT * modules.length > ARENA_BASE)
    throw new Error('constant tables no longer fit: raise ARENA_BASE');
  const { version } = createRequire(import.meta.url)('assemblyscript/package.json') as { version: string };
  const stamps: Record<string, string> = existsSync(stampFile)
    ? JSON.parse(readFileSync(stampFile, 'utf8'))
    : {};

  const jobs = modules
    .flatMap((source, slot) => {
      const texts = withImports(root, source);
      return formsOf(texts).map(({ suffix, flags }) => {
        const target = source.replace(/\.as\.ts$/, suffix);
        const base = FIRST_SLOT + slot * SLOT;
        const all = [...COMMON, ...flags, '--memoryBase', String(base)];
        const stamp = createHash('sha256')
          .update([version, ...all, ...texts].join('\0'))
          .digest('hex');
        return { source, target, base, flags: all, stamp };
      });
    })
    .filter(({ target, stamp }) => stamps[target] !== stamp || !existsSync(join(root, target)));

  for (const [done, { source, target, base, flags, stamp }] of jobs.entries()) {
    progress(source, done, jobs.length);
    const wasm = await compile(root, source, [...flags, ...DEBUG_NAMES]);
    const end = dataEnd(wasm);
    if (end > base + SLOT) throw new Error(`${source}: its constant tables need more than ${SLOT} bytes`);
    // Written beside and renamed, so that a run that starts meanwhile never reads half a module.
    const path = join(root, target);
    writeFileSync(`${path}.${process.pid}.tmp`, wasm);
    renameSync(`${path}.${process.pid}.tmp`, path);
    stamps[target] = stamp;
    mkdirSync(dirname(stampFile), { recursive: true });
    writeFileSync(stampFile, JSON.stringify(stamps, null, 1));
  }
  return jobs.length;
}

/** Texts of a source and of all that it imports. */
function withImports(root: string, source: string, seen = new Set<string>()): string[] {
  if (seen.has(source)) return [];
  seen.add(source);
  const text = readFileSync(join(root, source), 'utf8');
  const imported = [...text.matchAll(/from '(\.[^']+)'/g)].map(([, name]) =>
    join(dirname(source), `${name}.ts`),
  );
  return [text, ...imported.flatMap((file) => withImports(root, file, seen))];
}

async function compile(root: string, source: string, flags: string[]): Promise<Uint8Array> {
  const { default: asc } = await import('assemblyscript/asc');
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await asc.main([source, '--baseDir', root, '--outFile', 'out.wasm', ...flags], {
    readFile: (name: string, base: string) => {
      const path = join(base, name);
      return existsSync(path) ? readFileSync(path, 'utf8') : null;
    },
    writeFile: (name: string, contents: Uint8Array | string) => {
      if (name.endsWith('.wasm') && typeof contents !== 'string') wasm = contents;
    },
    listFiles: () => [],
  });
  if (error || !wasm) throw new Error(`${source} does not compile:\n${stderr.toString()}`);
  return wasm;
}

/** End of the highest data segment: the compiler places tables from `--memoryBase` upwards. */
function dataEnd(wasm: Uint8Array): number {
  let at = 8; // behind magic and version
  const uleb = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  let end = 0;
  while (at < wasm.length) {
    const section = wasm[at++];
    const size = uleb();
    const next = at + size;
    if (section === 11) {
      for (let segments = uleb(); segments > 0; segments--) {
        uleb(); // active, memory 0
        at++; // i32.const
        const offset = uleb(); // signed in the format; addresses here are small and positive
        at++; // end
        const length = uleb();
        at += length;
        end = Math.max(end, offset + length);
      }
    }
    at = next;
  }
  return end;
}
