import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NO_FILES } from '../catalogue.ts';
import { UsageError } from '../errors.ts';
import { pagePeers } from '../peers.ts';
import { type Bundle, bundlePages, PAGE, pathOf } from './bundle.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zoo-bundle-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): string => {
  const file = join(folder, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  return file;
};
const textOf = ({ code }: Bundle, path: string) => new TextDecoder().decode(code.get(path));
const brings = (...kernels: string[]) => ({ ...NO_FILES, kernels });
const failure = async (file: string): Promise<string> => {
  const error = await bundlePages(brings(file), '/t/').catch((reason) => reason);
  expect(error).toBeInstanceOf(UsageError);
  expect(error.message).not.toContain('\n');
  return error.message;
};

describe('bundlePages', () => {
  it('brings page, workers and every module that a pool imports by its address, and nothing of Node', async () => {
    const bundle = await bundlePages(NO_FILES, '/t/');
    const parts = ['page/worker', 'page/pool-worker', 'roofline/js-chains'].map(
      (name) => `source/harness/${name}.js`,
    );
    const kernels = ['gelu/parallel', 'softmax/parallel', 'lib/wasm'].map(
      (name) => `source/kernels/${name}.js`,
    );
    for (const path of [PAGE, ...parts, ...kernels]) expect(bundle.code.has(path), path).toBe(true);
    const alien = [...bundle.code.keys()].filter((path) =>
      /, which a page does not have|\bimport\.meta\b|from\s*"node:/.test(textOf(bundle, path)),
    );
    expect(alien).toEqual([]);
  });

  it('gives each module its own address, in the zoo and outside it, with odd letters too', async () => {
    const file = write('my kernels/ä.ts', 'export default new URL("./ä.wasm", import.meta.url).href;');
    const bundle = await bundlePages(brings(file), '/t/');
    const { path } = bundle.files.kernels[0]!;
    expect(path).toBe(`/t/${encodeURI(pathOf(file))}`);
    expect(path).toMatch(/^\/t\/outside\/.*my%20kernels\/%C3%A4\.js$/);
    expect(textOf(bundle, pathOf(file))).toContain(JSON.stringify(path));
    expect(bundle.folders.has(join(folder, 'my kernels'))).toBe(true);
  });

  it('adds a published library when its entry is asked for, not before', async () => {
    const bundle = await bundlePages(NO_FILES, '/t/');
    expect(bundle.files.peers.map(({ name, version }) => [name, version])).toEqual(
      pagePeers().map(({ name, version }) => [name, version]),
    );
    for (const { file } of pagePeers()) {
      expect(bundle.code.has(pathOf(file))).toBe(false);
      await bundle.bring(pathOf(file));
      expect(textOf(bundle, pathOf(file))).toMatch(/^export \{|^import /m);
    }
  }, 60_000);

  it('says in one line, with file and line, what cannot be bundled', async () => {
    expect(await failure(write('broken.ts', 'export default 1;\nexport default = 2;'))).toMatch(
      /broken\.ts, line 2: cannot be bundled for a page: Unexpected "="/,
    );
    expect(await failure(write('lost.ts', "import 'no-such-package';"))).toMatch(
      /lost\.ts, line 1: .*no-such-package/,
    );
    expect(await failure(join(folder, 'missing.ts'))).toMatch(/^no such file: .*missing\.ts$/);
  });

  it('bundles a file that needs Node, which then says so when it is imported', async () => {
    const file = write('node.ts', "import { readFileSync } from 'node:fs';\nexport default readFileSync;");
    const code = [...(await bundlePages(brings(file), '/t/')).code.values()].map((bytes) =>
      new TextDecoder().decode(bytes),
    );
    expect(code.join('')).toContain('imports node:fs, which a page does not have');
  });
});
