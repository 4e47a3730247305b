import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UsageError, unknown } from '../../harness/errors.ts';
import type { Backend } from '../../kernels/kernel.ts';
import { assertName, camel, pascal, read, type Scaffold, withImport, withListed } from './scaffold.ts';

/** What is needed of a kernel to copy one of its variants. */
export interface KernelOutline {
  readonly name: string;
  readonly variants: readonly { readonly name: string; readonly backend: Backend }[];
}

/**
 * A variant that is right from the start: a copy of the plainest one of the same backend, with the sources (`.as.ts`, `.wgsl`) of all
 * modules that it names, so that none is the original's too. A file that declares several variants is copied with all of them. A kernel without such a backend gives a copy of its first
 * variant, which stays what it is until the author has written the rest.
 * @param folder the folder `kernels`
 * @param from name of the variant to copy instead
 */
export function newVariant(
  folder: string,
  kernel: KernelOutline,
  name: string,
  backend: Backend = 'js',
  from?: string,
): Scaffold {
  assertName('variant', name);
  const known = kernel.variants.map((variant) => variant.name);
  if (from !== undefined && !known.includes(from)) throw unknown(`variant of ${kernel.name}`, from, known);
  const alike = kernel.variants.find((v) => (from === undefined ? v.backend === backend : v.name === from));
  const original = alike ?? kernel.variants[0]!;
  const home = join(folder, kernel.name);
  const { file, text, variants } = declaring(home, original.name);
  const stem = basename(file, '.ts');

  // A file with simd and simd-threads is copied whole: fast gives fast and fast-threads, and so does fast-threads.
  const root = variants.find((v) => original.name.startsWith(`${v.name}-`))?.name ?? original.name;
  const suffix = original.name.slice(root.length);
  const base = suffix !== '' && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
  const renamed = variants.map(({ name: old, ident }): Renaming => {
    const family = old === root || old.startsWith(`${root}-`);
    const fresh = family ? base + old.slice(root.length) : `${base}-${old}`;
    return { name: old, ident, fresh, freshIdent: camel(fresh) };
  });

  const list = join(home, 'index.ts');
  const index = read(list);
  for (const { fresh, freshIdent } of renamed) {
    if (known.includes(fresh)) throw new UsageError(`${kernel.name} has a variant "${fresh}" already`);
    if ([text, index].some((source) => declaredNames(source).has(freshIdent))) {
      throw new UsageError(
        `"${fresh}" would clash with the name "${freshIdent}" in ${kernel.name}; try "${fresh}-${backend}"`,
      );
    }
  }
  // A built module may be left of a source that is gone.
  const present = readdirSync(home);
  if (present.some((file) => file.startsWith(`${base}.`) && !file.endsWith('.wasm'))) {
    throw new UsageError(`kernels/${kernel.name}/${base}.* exists already`);
  }

  const modules = modulesOf(text, stem, base, present);
  const created = new Map([[join(home, `${base}.ts`), renameIn(text, modules, renamed)]]);
  for (const [old, fresh] of modules) {
    for (const sibling of sourcesOf(old).filter((file) => present.includes(file)))
      created.set(join(home, fresh + sibling.slice(old.length)), read(join(home, sibling)));
  }
  const taken = [...created.keys()].map((file) => basename(file)).find((file) => present.includes(file));
  if (taken !== undefined) throw new UsageError(`kernels/${kernel.name}/${taken} exists already`);
  const copied = alike ? renamed.map(({ name: old }) => old) : [original.name];
  const idents = renamed.map(({ freshIdent }) => freshIdent);
  const imported = withImport(index, `import { ${idents.join(', ')} } from './${base}.ts';`);
  const last = renamed.at(-1)!.ident;
  return {
    created,
    edited: [list, withListed(list, imported, /variants: \[([^\]]*)\]/, idents, last)],
    names: renamed.map(({ fresh }) => `${kernel.name}/${fresh}`),
    hints: [
      `it starts as a copy of ${copied.join(', ')} (${original.backend}); change the loop and \`idea\``,
      ...(alike ? [] : [whatIsMissing(kernel.name, base, backend)]),
    ],
  };
}

interface Declared {
  readonly name: string;
  readonly ident: string;
}

interface Source {
  readonly file: string;
  readonly text: string;
  readonly variants: readonly Declared[];
}

const DECLARATION = /export const (\w+) = defineVariant(?:<[^(]*>)?\(\{\s*name: '([^']+)'/g;

/** The file of the folder that declares a variant. */
function declaring(home: string, name: string): Source {
  const sources = readdirSync(home).filter((file) => /^[^.]+\.ts$/.test(file));
  for (const file of sources.sort()) {
    const text = read(join(home, file));
    const variants = [...text.matchAll(DECLARATION)].map(([, ident, found]) => ({
      ident: ident!,
      name: found!,
    }));
    if (variants.some((variant) => variant.name === name)) return { file, text, variants };
  }
  throw new UsageError(
    `no file of ${home} declares the variant "${name}" as \`export const … = defineVariant({ name: '${name}'\``,
  );
}

/** Names of imports and of declarations at the top level. */
function declaredNames(text: string): Set<string> {
  const imports = [...text.matchAll(/^import [^{]*\{([^}]*)\}/gm)].flatMap(([, names]) =>
    names!.split(',').map((part) =>
      part
        .trim()
        .replace(/^type /, '')
        .replace(/^.* as /, ''),
    ),
  );
  const own = [
    ...text.matchAll(/^(?:export )?(?:async )?(?:const|let|function|type|interface|class) (\w+)/gm),
  ];
  return new Set([...imports, ...own.map(([, name]) => name!)]);
}

interface Renaming extends Declared {
  readonly fresh: string;
  readonly freshIdent: string;
}

const sourcesOf = (module: string): string[] => [`${module}.as.ts`, `${module}.wgsl`];

/** Modules of the folder that the text names as `'./simd.wasm'`, in one of its forms (`'./simd.wide.wasm'`) or as `'./simd.wgsl'`, with the names of their copies. */
function modulesOf(text: string, stem: string, base: string, present: readonly string[]): [string, string][] {
  const named = [...text.matchAll(/'\.\/([\w-]+)(?:\.\w+)?\.(?:wasm|wgsl)'/g)].map(([, module]) => module!);
  const modules = [...new Set(named)].filter((module) =>
    sourcesOf(module).some((file) => present.includes(file)),
  );
  const main = modules.includes(stem) ? stem : modules[0];
  return modules.map((module) => [module, module === main ? base : `${base}-${module}`]);
}

/** Whether a parameter or a variable within a function has the name: what is called so there is not the variant. */
function isLocal(text: string, ident: string): boolean {
  return new RegExp(`^\\s+(?:const |let |)${ident}\\??(?: =|:) `, 'm').test(text);
}

/** The copy's text: its variants, functions named after them and sources beside it under the new name. */
function renameIn(
  text: string,
  modules: readonly (readonly [old: string, fresh: string])[],
  renamed: readonly Renaming[],
): string {
  // At once: the copy of one may have the name of another.
  const fresh = new Map(modules);
  let copy = text.replaceAll(
    /(?<='\.\/)[\w-]+(?=(?:\.\w+)?\.(?:wasm|wgsl)')/g,
    (name) => fresh.get(name) ?? name,
  );
  for (const { name: old, ident, fresh, freshIdent } of renamed) {
    copy = copy
      .replace(`name: '${old}'`, `name: '${fresh}'`)
      .replace(
        new RegExp(`(name: '${fresh}',[\\s\\S]*?idea:\\s*)(['"\`])(?:\\\\.|(?!\\2)[\\s\\S])*\\2`),
        `$1'starts as a copy of ${old}'`,
      );
    copy = copy.replace(`export const ${ident} =`, `export const ${freshIdent} =`);
    const [upper, freshUpper] = [pascal(ident), pascal(freshIdent)];
    const local = isLocal(copy, ident);
    copy = copy.replaceAll(CODE_WORD, (token) => {
      if (token === ident) return local ? ident : freshIdent;
      if (token === freshIdent) return token;
      // softmaxNaive, but neither a comment nor a string that ends so.
      const named = /^\w+$/.test(token) && token.length > upper.length && token.endsWith(upper);
      return named ? token.slice(0, -upper.length) + freshUpper : token;
    });
  }
  return copy;
}

/** Identifiers, but no properties (Math.tanh); comments and strings match as a whole, so that their words are left alone. */
const CODE_WORD =
  /\/\/.*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|(?<![.\w$])[A-Za-z_$][\w$]*/g;

/** What an author writes for a backend that the kernel has no example of. */
function whatIsMissing(kernel: string, name: string, backend: Backend): string {
  const parts: Partial<Record<Backend, string>> = {
    workers: `a task exported for the worker threads, and workersVariant in \`prepare\`, as in kernels/softmax/parallel.ts`,
    wasm: `${name}.as.ts with an export (…pointers and sizes, thread, threads), and wasmVariant in \`prepare\`, as in kernels/softmax/simd.ts`,
    'wasm-threads': `${name}.as.ts with an export (…pointers and sizes, thread, threads), and wasmThreadsVariant in \`prepare\`, as in kernels/softmax/simd.ts`,
    webgpu: `${name}.wgsl with an entry point main, and gpuVariant in \`prepare\`, as in kernels/softmax/webgpu.ts`,
    peer: "the library's call in `prepare`",
  };
  return `${kernel} has no ${backend} variant to copy: write ${parts[backend]}; then set \`backend: '${backend}'\``;
}
