/** Scaffolds into a temporary copy of kernels/ and runs the real checker on what comes out. */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ROOT } from '../harness/root.ts';
import { createProcessHost, type ProcessHost } from '../harness/runtimes/process-host.ts';
import { KERNELS } from '../kernels/index.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { checkOnce, inputSources, unsupported } from '../kernels/lib/check.ts';
import { writeScaffold } from './new.ts';
import { newKernel } from './scaffold/kernel.ts';
import type { Scaffold } from './scaffold/scaffold.ts';
import { newVariant } from './scaffold/variant.ts';

const softmax = KERNELS.find((kernel) => kernel.name === 'softmax')!;

let host: ProcessHost;
beforeAll(async () => {
  host = await createProcessHost({ threads: 3 });
});
afterAll(() => host.close());

/** All kernels are imported, and two of the tests compile them. */
const SLOW = 60_000;

let root: string;
let kernels: string;
const roots: string[] = [];
beforeEach(() => {
  // A new one each time: modules are imported once per path.
  root = mkdtempSync(join(tmpdir(), 'zoo-new-'));
  roots.push(root);
  kernels = join(root, 'kernels');
  cpSync(join(ROOT, 'kernels'), kernels, { recursive: true });
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  const biome = JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8'));
  writeFileSync(
    join(root, 'biome.json'),
    JSON.stringify({ ...biome, $schema: undefined, vcs: { enabled: false } }),
  );
});
afterAll(() => {
  for (const folder of roots) rmSync(folder, { recursive: true });
});

/** Writes without formatting, and puts the built module of the original beside a copied WASM source. */
function place(scaffold: Scaffold): void {
  const built = globSync('*/*.as.ts', { cwd: kernels }).map((file) => join(kernels, file));
  writeScaffold(scaffold, false);
  for (const [file, text] of scaffold.created) {
    if (!file.endsWith('.as.ts')) continue;
    const original = built.find((other) => readFileSync(other, 'utf8') === text)!;
    for (const suffix of ['.wasm', '.shared.wasm', '.wide.wasm'])
      if (existsSync(original.replace('.as.ts', suffix)))
        copyFileSync(original.replace('.as.ts', suffix), file.replace('.as.ts', suffix));
  }
}

async function listed(name: string): Promise<Kernel> {
  const { KERNELS: list } = (await import(join(kernels, 'index.ts'))) as { KERNELS: readonly Kernel[] };
  return list.find((kernel) => kernel.name === name)!;
}

/** Largest error ÷ bound where that is above 1, over some cases with every input; 0 when all are within the bound. */
async function worst(
  kernel: Kernel,
  variantName: string,
  cases: Kernel['cases'] = kernel.cases.slice(0, 3),
): Promise<number> {
  const variant = kernel.variants.find((candidate) => candidate.name === variantName)!;
  let most = 0;
  for (const { shape } of cases) {
    if (unsupported(variant, shape, host) !== undefined) continue;
    for (const source of inputSources(kernel)) {
      const { value, tolerance } = await checkOnce(kernel, variant, shape, source, 'scaffold', host);
      if (!(value <= tolerance.bound))
        most = Math.max(most, value / tolerance.bound || Number.POSITIVE_INFINITY);
    }
  }
  return most;
}

/** What linter, formatter and compiler have to say about the folder; '' when nothing. */
function complaints(): string {
  const require = createRequire(import.meta.url);
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'), 'dir');
  const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8'));
  // What harness/ brings in for the kernels when the whole tree is compiled.
  compilerOptions.types.push('@webgpu/types');
  const config = { compilerOptions, include: ['kernels/**/*.ts'], exclude: ['**/*.test.ts', '**/*.as.ts'] };
  writeFileSync(join(root, 'tsconfig.json'), JSON.stringify(config));
  const tools = [
    [require.resolve('@biomejs/biome/bin/biome'), 'check', `--config-path=${root}`, kernels],
    [join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc'), '-p', root],
  ];
  return tools
    .map((call) => spawnSync(process.execPath, call, { encoding: 'utf8' }))
    .map(({ status, stdout, stderr }) => (status === 0 ? '' : stdout + stderr))
    .join('');
}

describe('zoo new kernel', () => {
  it(
    'gives a kernel that is listed, within its tolerance on every case and input, and clean',
    async () => {
      writeScaffold(newKernel(kernels, 'probe-kernel'), root);
      const kernel = await listed('probe-kernel');
      expect(kernel.variants.map(({ name }) => name)).toEqual(['naive']);
      expect(await worst(kernel, 'naive', kernel.cases)).toBe(0);
      expect(complaints()).toBe('');
    },
    SLOW,
  );

  it('refuses existing, malformed and reserved names, and says one that would do', () => {
    expect(() => newKernel(kernels, 'softmax')).toThrow('kernels/softmax exists already');
    expect(() => newKernel(kernels, 'lib')).toThrow('exists already');
    expect(() => newKernel(kernels, 'ProbeKernel')).toThrow('such as "probe-kernel"');
    expect(() => newKernel(kernels, '../probe')).toThrow('such as "probe"');
    expect(() => newKernel(kernels, 'default')).toThrow('such as "default-kernel"');
    expect(() => newKernel(kernels, '3')).toThrow('no name for a kernel');
  });
});

/** Of each form that declarations take: several tensors, one, one an element, tables, bytes in, integers out, several modules. */
const FORMS = ['matmul', 'softmax', 'gelu', 'rope', 'dequant', 'attention', 'cdf-search', 'adamw', 'qmatmul'];

describe('zoo new variant', () => {
  for (const kernel of KERNELS.filter(({ name }) => FORMS.includes(name))) {
    it(
      `copies of ${kernel.name}'s plainest js, workers, wasm and wasm-threads variants are listed and as right as they`,
      async () => {
        const names: string[] = [];
        for (const backend of ['js', 'workers', 'wasm', 'wasm-threads'] as const) {
          const scaffold = newVariant(kernels, kernel, `probe-of-${backend.replaceAll('-', '')}`, backend);
          place(scaffold);
          names.push(...scaffold.names.map((name) => name.split('/')[1]!));
        }
        const copy = await listed(kernel.name);
        expect(copy.variants.length).toBe(kernel.variants.length + names.length);
        for (const name of names) expect(await worst(copy, name), name).toBe(0);
      },
      SLOW,
    );
  }

  it(
    'is clean to compiler, linter and formatter as it stands',
    () => {
      writeScaffold(newVariant(kernels, softmax, 'a-name-that-makes-lines-longer-than-before'), root);
      writeScaffold(newVariant(kernels, softmax, 'probe-threads', 'wasm-threads'), root);
      writeScaffold(newVariant(kernels, softmax, 'probe-gpu', 'webgpu'), root);
      expect(existsSync(join(kernels, 'softmax', 'probe-gpu.wgsl'))).toBe(true);
      expect(complaints()).toBe('');
    },
    SLOW,
  );

  it('copies a file with two variants as two, whichever of them was asked for', () => {
    const names = ['softmax/probe', 'softmax/probe-threads'];
    expect(newVariant(kernels, softmax, 'probe', 'wasm').names).toEqual(names);
    expect(newVariant(kernels, softmax, 'probe-threads', 'wasm-threads').names).toEqual(names);
    expect(newVariant(kernels, softmax, 'probe', 'wasm-threads').names).toEqual(names);
  });

  it('copies every module that the file names, so that nothing of the copy runs the original', () => {
    const qmatmul = KERNELS.find((kernel) => kernel.name === 'qmatmul')!;
    const { created, hints } = newVariant(kernels, qmatmul, 'probe', 'wasm');
    const home = join(kernels, 'qmatmul');
    expect([...created.keys()].sort()).toEqual(
      ['probe-i16.as.ts', 'probe.as.ts', 'probe.ts'].map((file) => join(home, file)),
    );
    const text = created.get(join(home, 'probe.ts'))!;
    for (const name of ['probe.wasm', 'probe.wide.wasm', 'probe-i16.wasm'])
      expect(text).toContain(`'./${name}'`);
    expect(text).not.toMatch(/'\.\/(?!probe)[\w.-]+\.wasm'/);
    expect(text).toMatch(/export const probeI16 = /);
    expect(hints[0]).toContain(
      'a copy of simd-i16, simd-7bit, simd-bytes, simd, simd-wide, simd-threads (wasm)',
    );
  });

  it('for a backend without an example copies what there is and says what is to be written', () => {
    const bare = { name: 'softmax', variants: [{ name: 'naive', backend: 'js' as const }] };
    const { created, hints } = newVariant(kernels, bare, 'probe', 'webgpu');
    expect([...created.values()].join()).toContain("backend: 'js'");
    expect(hints.at(-1)).toMatch(
      /no webgpu variant to copy: write probe\.wgsl .* then set `backend: 'webgpu'`/,
    );
  });

  it('copies the variant that --from names', () => {
    const { created } = newVariant(kernels, softmax, 'probe', 'js', 'online');
    expect([...created.values()][0]).toContain('softmaxProbe');
    expect([...created.values()][0]).toContain("idea: 'starts as a copy of online'");
    expect(() => newVariant(kernels, softmax, 'probe', 'js', 'onlin')).toThrow('did you mean "online"?');
  });

  it('refuses existing, malformed and clashing names, and overwrites nothing', () => {
    expect(() => newVariant(kernels, softmax, 'simd')).toThrow('has a variant "simd" already');
    expect(() => newVariant(kernels, softmax, 'reference')).toThrow(
      'kernels/softmax/reference.* exists already',
    );
    expect(() => newVariant(kernels, softmax, 'Probe One')).toThrow('such as "probe-one"');
    expect(() => newVariant(kernels, softmax, 'normals')).toThrow('would clash with the name "normals"');
    const scaffold = newVariant(kernels, softmax, 'probe');
    writeScaffold(scaffold, false);
    expect(() => writeScaffold(scaffold, false)).toThrow('EEXIST');
  });
});
