/**
 * The code of pages: the harness, the kernels and a user's files, bundled in memory by esbuild. `import.meta.url` keeps its
 * meaning: in each module it is the address at which the server gives that module, so that what stands beside a kernel is found
 * beside it, and a worker that imports a module by that address gets it. For this every module that names itself is an entry.
 */
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { dirname, extname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { type BuildFailure, build, type Loader, type Plugin } from 'esbuild';
import type { UserFiles } from '../catalogue.ts';
import { oneLine, UsageError } from '../errors.ts';
import { pagePeers } from '../peers.ts';
import { moduleFile, ROOT } from '../root.ts';
import type { PageFiles } from './job.ts';

export interface Bundle {
  /** JavaScript by its path below the base. */
  readonly code: ReadonlyMap<string, Uint8Array>;
  /** Adds a published library, where that is the path of its entry: large, and seldom asked for. */
  bring(path: string): Promise<void>;
  /** Folders of modules that name themselves: what lies in them may be asked for. */
  readonly folders: ReadonlySet<string>;
  readonly files: PageFiles;
}

/** Entries of their own beside a user's: what page.ts starts, and what that starts. */
const ENTRIES = ['page.ts', 'worker.ts', 'pool-worker.ts'].map((file) => moduleFile(`harness/page/${file}`));

/** Path of {@link ENTRIES}' first below the base: what an HTML page has to load. */
export const PAGE = pathOf(ENTRIES[0]!);

/** Where the server gives a GGUF file. */
export const GGUF = 'gguf';

/**
 * @param base path of the server that everything is below: `/token/`
 * @param more further entries: files of pages of another kind
 * @throws UsageError, in one line, where a user's file is missing or cannot be bundled
 */
export async function bundlePages(
  files: UserFiles,
  base: string,
  more: readonly string[] = [],
): Promise<Bundle> {
  const users = [...files.kernels, ...files.variants.map(({ file }) => file)].map((file) => resolve(file));
  for (const file of users) sizeOf(file);
  const roots = [...ENTRIES, ...more, ...users];
  // The first pass finds the modules that name themselves, the second makes them entries.
  const found = await bundle(roots, base);
  const entries = [...new Set([...roots, ...found.selfNaming])];
  const { code } = await bundle(entries, base);
  const folders = new Set([...found.selfNaming].map((file) => dirname(file)));
  const peers = pagePeers().map(({ name, version, file }) => ({ name, version, file, path: pathOf(file) }));
  const libraries = new Map(peers.map(({ file, path }) => [path, once(() => addLibrary(file))]));
  const addLibrary = async (file: string) => {
    const library = await bundle([file], base);
    for (const [path, text] of library.code) code.set(path, text);
    for (const each of library.selfNaming) folders.add(dirname(each));
  };
  // As it was named, except for a suite's own, whose path says where the zoo is installed.
  const named = (file: string) => (isInside(file) ? relative(ROOT, file) : file);
  const placed = (file: string) => ({ file: named(file), path: base + encodePath(pathOf(resolve(file))) });
  return {
    code,
    async bring(path) {
      await libraries.get(path)?.();
    },
    folders,
    files: {
      kernels: files.kernels.map(placed),
      variants: files.variants.map(({ file, kernel }) => ({ ...placed(file), kernel })),
      peers: peers.map(({ name, version, path }) => ({ name, version, path: base + encodePath(path) })),
      ...(files.gguf === undefined
        ? {}
        : { gguf: { file: files.gguf, path: base + GGUF, bytes: sizeOf(files.gguf) } }),
    },
  };
}

/** The promise of the first call, for all. */
function once(start: () => Promise<void>): () => Promise<void> {
  let started: Promise<void> | undefined;
  return () => {
    started ??= start();
    return started;
  };
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    throw new UsageError(`no such file: ${file}`);
  }
}

interface Bundled {
  readonly code: Map<string, Uint8Array>;
  /** Files that say `import.meta.url`. */
  readonly selfNaming: ReadonlySet<string>;
}

async function bundle(entries: readonly string[], base: string): Promise<Bundled> {
  const selfNaming = new Set<string>();
  const outdir = join(ROOT, 'page');
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: entries.map((file) => ({ in: file, out: withoutEnding(pathOf(file)) })),
    outdir,
    chunkNames: 'chunks/[hash]',
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'esnext',
    // Nothing is minified: what is measured is what is read.
    define: { 'import.meta.url': URL_NAME },
    plugins: [benchmarkJs, moduleUrls(base, selfNaming), nodeModules],
    logLevel: 'silent',
  }).catch((error: BuildFailure) => {
    throw new UsageError(whyNot(error));
  });
  // By its entry: esbuild may write a path otherwise than it was given.
  const entryOf = new Map(
    Object.entries(result.metafile.outputs).flatMap(([output, { entryPoint }]) =>
      entryPoint === undefined ? [] : [[resolve(ROOT, output), resolve(ROOT, entryPoint)] as const],
    ),
  );
  const code = new Map<string, Uint8Array>();
  for (const { path, contents } of result.outputFiles) {
    const entry = entryOf.get(path);
    const isChunk = entry === undefined || !entries.includes(entry);
    code.set(isChunk ? relative(outdir, path).split(sep).join('/') : pathOf(entry), contents);
  }
  return { code, selfNaming };
}

/**
 * Where a module stands below the base: `source/kernels/gelu/parallel.js` in the zoo, `outside/home/me/mine.js` elsewhere.
 */
export function pathOf(file: string): string {
  const path = isInside(file)
    ? `source/${relative(ROOT, file)}`
    : `outside/${file.replace(/^[/\\]+/, '').replace(':', '')}`;
  return `${withoutEnding(path.split(sep).join('/'))}.js`;
}

function isInside(file: string): boolean {
  const path = relative(ROOT, file);
  return isAbsolute(file) && !path.startsWith('..') && !isAbsolute(path);
}

/** The file that a path below the base stands for, whether or not it may be asked for. */
export function fileOf(path: string): string | undefined {
  if (path.startsWith('source/')) return join(ROOT, path.slice('source/'.length));
  if (!path.startsWith('outside/')) return undefined;
  const file = path.slice('outside'.length);
  return sep === '\\' ? resolve(file.replace(/^\/(\w)\//, '$1:/')) : resolve(file);
}

export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function withoutEnding(path: string): string {
  return path.replace(/\.[^./]*$/, '');
}

/** Stands for `import.meta.url` in each module that says it. */
const URL_NAME = '__moduleUrl';

/** Gives each module that says `import.meta.url` its address; before its first line, so that line numbers stay. */
function moduleUrls(base: string, selfNaming: Set<string>): Plugin {
  return {
    name: 'module-urls',
    setup({ onLoad }) {
      onLoad({ filter: /\.[cm]?[jt]sx?$/, namespace: 'file' }, async ({ path }) => {
        const text = await readFile(path, 'utf8');
        if (!text.includes('import.meta.url')) return undefined;
        selfNaming.add(path);
        const address = JSON.stringify(base + encodePath(pathOf(path)));
        // By the name under which the browser knows the server.
        const contents = `const ${URL_NAME} = globalThis.location.origin + ${address}; ${text}`;
        return {
          contents,
          loader: extname(path).replace(/^\.[cm]?/, '') as Loader,
          resolveDir: dirname(path),
        };
      });
    },
  };
}

/**
 * A module of Node is one that throws when it is imported: a suite that measures Node itself is to say so in its cells, not to
 * keep the others from being bundled. The name of the error is known to kernels.ts.
 */
const nodeModules: Plugin = {
  name: 'node-modules',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ path, namespace }) =>
      namespace === 'file' && (path.startsWith('node:') || builtinModules.includes(path))
        ? { path, namespace: 'node' }
        : undefined,
    );
    onLoad({ filter: /./, namespace: 'node' }, ({ path }) => {
      const message = JSON.stringify(`imports ${path}, which a page does not have`);
      // In CommonJS, of which esbuild does not ask what it exports.
      const contents = `throw Object.assign(new Error(${message}), { name: 'NodeOnlyError' }); module.exports = {};`;
      return { contents, loader: 'js' };
    });
  },
};

/** benchmark.js asks for its libraries in a way that no bundler sees, and takes what has no `window` for Node. */
const benchmarkJs: Plugin = {
  name: 'benchmark-js',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]benchmark[/\\]benchmark\.js$/ }, async ({ path }) => {
      const before =
        'var known = { lodash: require("lodash"), platform: require("platform") };(function (require, window) {';
      const after = '}).call(globalThis, (id) => known[id], globalThis);';
      return {
        contents: `${before}${await readFile(path, 'utf8')}\n${after}`,
        loader: 'js',
        resolveDir: dirname(path),
      };
    });
  },
};

function whyNot(failure: BuildFailure): string {
  const first = failure.errors?.[0];
  if (!first) return `pages cannot be bundled: ${oneLine(failure)}`;
  const { location, text } = first;
  const where = location ? `${location.file}, line ${location.line}: ` : '';
  return `${where}cannot be bundled for a page: ${oneLine(text)}`;
}
