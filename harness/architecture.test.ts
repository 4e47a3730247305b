/** The rules that keep the code a map: one direction of imports, one list of each thing. */
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VERBS } from '../cli/index.ts';
import { KERNELS } from '../kernels/index.ts';
import { caseName } from '../kernels/kernel.ts';
import { SUITES } from '../suites/index.ts';
import { loadKernels, NO_FILES, suiteKernels } from './catalogue.ts';
import { makePlan } from './plan.ts';
import { ROOT } from './root.ts';

/** Imports run from right to left only. */
const LAYERS = ['kernels', 'models', 'suites', 'harness', 'reports', 'ci', 'cli'];

const sources = globSync(`{${LAYERS.join(',')}}/**/*.ts`, { cwd: ROOT }).filter(
  (file) => !/\.(test|fixture)\.ts$/.test(file) && !file.endsWith('vitest-setup.ts'),
);
const importsOf = (file: string): string[] =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
    (match) => match[1]!,
  );

describe('imports', () => {
  it(`run one way: ${LAYERS.join(' ← ')}`, () => {
    const wrong = sources.flatMap((file) => {
      const layer = LAYERS.indexOf(file.split('/')[0]!);
      return importsOf(file)
        .filter((target) => target.startsWith('.'))
        .map((target) => relative(ROOT, resolve(join(ROOT, dirname(file)), target)))
        .filter((target) => LAYERS.indexOf(target.split('/')[0]!) > layer)
        .map((target) => `${file} imports ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  it('of kernels stay inside kernels: no package, no node module', () => {
    const wrong = sources
      .filter((file) => file.startsWith('kernels/') && !file.endsWith('.as.ts'))
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => !target.startsWith('.'))
          .map((target) => `${file}: ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  it('of a variant never reach its reference', () => {
    const wrong = sources.filter(
      (file) =>
        /^kernels\/[\w-]+\/(?!index|reference)/.test(file) &&
        importsOf(file).some((t) => t.endsWith('reference.ts')),
    );
    expect(wrong).toEqual([]);
  });
});

describe('lists', () => {
  it('of kernels and folders agree, and every kernel is its folder by name', () => {
    const folders = readdirSync(join(ROOT, 'kernels'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(join(ROOT, 'kernels', entry.name, 'index.ts')))
      .map((entry) => entry.name);
    expect(KERNELS.map((kernel) => kernel.name).sort()).toEqual(folders.sort());
  });

  it('of verbs and files agree', () => {
    const notVerbs = ['against', 'index', 'main', 'measure', 'selection', 'self-test', 'show', 'stated'];
    const files = globSync('*.ts', { cwd: join(ROOT, 'cli') })
      .filter((file) => !file.includes('.test.'))
      .map((file) => file.replace(/\.ts$/, ''));
    expect(Object.keys(VERBS).sort()).toEqual(files.filter((file) => !notVerbs.includes(file)).sort());
  });

  it('of suites and files agree, and every suite makes a plan', async () => {
    const files = globSync('*.ts', { cwd: join(ROOT, 'suites') }).map((file) => file.replace(/\.ts$/, ''));
    const names = SUITES.map((suite) => suite.name);
    expect([...names, 'index', 'suite'].sort()).toEqual(files.sort());
    for (const suite of names) {
      const kernels = await loadKernels({ ...NO_FILES, kernels: suiteKernels(suite) });
      expect(makePlan(kernels, { suite }).groups.length).toBeGreaterThan(0);
    }
  });

  it('of suites name only listed cases, so that each says where its shape comes from', async () => {
    for (const suite of SUITES) {
      const kernels = await loadKernels({ ...NO_FILES, kernels: suiteKernels(suite.name) });
      for (const { select, cases } of suite.selection) {
        for (const name of select) {
          const kernel = kernels.find((candidate) => candidate.name === name.split('/')[0])!;
          const listed = kernel.cases.map(({ shape }) => caseName(shape));
          expect(listed, `${suite.name}: ${name}`).toEqual(expect.arrayContaining([...cases]));
        }
      }
    }
  });

  it('of variants have unique names, and of cases unique shapes with the same keys', () => {
    for (const kernel of KERNELS) {
      const names = kernel.variants.map((variant) => variant.name);
      expect(new Set(names).size, kernel.name).toBe(names.length);
      expect(names, kernel.name).toContain('naive');
      const cases = kernel.cases.map(({ shape }) => caseName(shape));
      expect(new Set(cases).size, kernel.name).toBe(cases.length);
      const keys = new Set(kernel.cases.map(({ shape }) => Object.keys(shape).join()));
      expect(keys.size, kernel.name).toBe(1);
    }
  });
});
