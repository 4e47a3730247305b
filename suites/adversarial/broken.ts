/**
 * A kernel whose variants are broken on purpose, as code is that is not finished: what the runner itself is tested with.
 * Measured as anybody's own kernel is: `zoo bench --kernel suites/adversarial/broken.ts`. Those that cheat are beside it.
 */
import { defineKernel, defineVariant, type Prepared } from '../../kernels/kernel.ts';
import { normals } from '../../kernels/lib/rng.ts';

type Shape = { readonly N: number };

/** The status that each variant must get, and what its reason must say. */
export const EXPECTED: Readonly<Record<string, { status: string; reason: RegExp }>> = {
  honest: { status: 'ok', reason: /^$/ },
  wrong: { status: 'wrong', reason: /expected/ },
  'throws-in-prepare': { status: 'failed', reason: /threw cannot prepare while preparing/ },
  'throws-in-run': { status: 'failed', reason: /threw cannot run while making the first call/ },
  hangs: { status: 'failed', reason: /no answer within/ },
  exits: { status: 'failed', reason: /exited with code 0/ },
  'out-of-memory': { status: 'failed', reason: /out of memory/ },
};

function variant(name: string, idea: string, run: (x: Float32Array, out: Float32Array) => void) {
  return defineVariant<Float32Array, Shape>({
    name,
    backend: 'js',
    idea,
    prepare(x): Prepared {
      const out = new Float32Array(x.length).fill(Number.NaN);
      return { run: () => run(x, out), read: () => out.slice(), dispose: () => {} };
    },
  });
}

export function double(x: Float32Array, out: Float32Array): void {
  for (let i = 0; i < x.length; i++) out[i] = 2 * x[i]!;
}

export default defineKernel<Float32Array, Shape>({
  name: 'broken',
  formula: 'out[N] = 2 · x[N]',
  cases: [
    { shape: { N: 1024 }, from: 'even' },
    { shape: { N: 7 }, from: 'odd' },
  ],
  inputs: ({ N }, rng) => normals(rng, N),
  reference: (x) => ({ values: Float64Array.from(x, (v) => 2 * v) }),
  tolerance: { metric: 'abs', bound: 0, why: 'a product with 2 is exact' },
  work: ({ N }) => ({ flops: N, bytes: 8 * N }),
  variants: [
    variant('honest', 'right', double),
    variant('wrong', 'off by one in the last element', (x, out) => {
      double(x, out);
      out[out.length - 1]! += 1;
    }),
    defineVariant<Float32Array, Shape>({
      name: 'throws-in-prepare',
      backend: 'js',
      idea: 'throws',
      prepare: () => {
        throw new Error('cannot prepare');
      },
    }),
    variant('throws-in-run', 'throws', () => {
      throw new Error('cannot run');
    }),
    variant('hangs', 'never returns', () => {
      for (;;);
    }),
    variant('exits', 'ends the process as if all were well', () => {
      process.exit(0);
    }),
    variant('out-of-memory', 'keeps all it can get', () => {
      const kept: number[][] = [];
      for (;;) kept.push(new Array(1e6).fill(kept.length));
    }),
  ],
});
