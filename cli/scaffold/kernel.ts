import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../harness/errors.ts';
import { assertName, camel, pascal, read, type Scaffold, withImport, withListed } from './scaffold.ts';

/**
 * A kernel folder that passes every check as it stands, for the author to change.
 * @param folder the folder `kernels`
 */
export function newKernel(folder: string, name: string): Scaffold {
  assertName('kernel', name);
  const list = join(folder, 'index.ts');
  const target = join(folder, name);
  if (existsSync(target)) throw new UsageError(`kernels/${name} exists already`);
  const files = Object.entries(kernelFiles(name)).map(([file, text]) => [join(target, file), text] as const);
  const text = withImport(read(list), `import { ${camel(name)} } from './${name}/index.ts';`);
  return {
    created: new Map(files),
    edited: [list, withListed(list, text, /KERNELS: readonly Kernel\[\] = \[([^\]]*)\]/, [camel(name)])],
    names: [name],
    hints: [
      'it computes 2 · x + 1: change formula, reference and loop together, then cases, hostile inputs, tolerance and work',
      'a suite times it once suites/default.ts names it; by its own name it is always timed',
    ],
  };
}

function kernelFiles(name: string): Record<string, string> {
  const [ident, type] = [camel(name), `${pascal(name)}Shape`];
  return {
    'index.ts': `import { defineKernel } from '../kernel.ts';
import { normals } from '../lib/rng.ts';
import { naive } from './naive.ts';
import { ${ident}Reference } from './reference.ts';

/** Elements. */
export type ${type} = { readonly N: number };

export const ${ident} = defineKernel<Float32Array, ${type}>({
  name: '${name}',
  formula: 'out[N] = 2 · x[N] + 1',
  cases: [
    { shape: { N: 1 }, from: 'one element' },
    { shape: { N: 15 }, from: 'tile − 1, odd' },
    { shape: { N: 17 }, from: 'tile + 1, odd' },
    { shape: { N: 3072 }, from: 'GPT-2 124M: FFN, one token' },
  ],
  inputs: ({ N }, rng) => normals(rng, N),
  hostile: {
    'NaN, ±Infinity and zeros': ({ N }, rng) =>
      normals(rng, N).map((v, i) => [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, v][i % 5]!),
    denormals: ({ N }, rng) => normals(rng, N, 1e-40),
  },
  reference: ${ident}Reference,
  tolerance: {
    metric: 'rel',
    bound: 2 ** -24,
    why: 'one rounding to float32: 2 · x is exact',
  },
  work: ({ N }) => ({ flops: 2 * N, bytes: 8 * N }),
  where: (x, _, index) => \`element \${index}, x = \${x[index]}\`,
  variants: [naive],
});
`,
    'reference.ts': `import type { Reference } from '../kernel.ts';

/** out[n] = 2 · x[n] + 1 in float64; NaN gives NaN, ±Infinity itself. */
export function ${ident}Reference(x: Float32Array): Reference {
  return { values: Float64Array.from(x, (v) => 2 * v + 1) };
}
`,
    'naive.ts': `import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { ${type} } from './index.ts';

/** The formula as it is written, element by element. */
export function ${ident}Naive(x: Float32Array, out: Float32Array, N: number): void {
  for (let n = 0; n < N; n++) out[n] = 2 * x[n]! + 1;
}

export const naive = defineVariant<Float32Array, ${type}>({
  name: 'naive',
  backend: 'js',
  idea: 'the formula as written',
  prepare: (x, { N }) => jsVariant(N, (out) => ${ident}Naive(x, out, N)),
});
`,
  };
}
