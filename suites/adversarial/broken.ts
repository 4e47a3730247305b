/**
 * A kernel whose variants are broken on purpose, each in one way that a harness must notice. Measured as anybody's own
 * kernel is: `zoo bench --kernel suites/adversarial/broken.ts`. The name of a variant says what it does.
 */
import { defineKernel, defineVariant, type Prepared } from '../../kernels/kernel.ts';
import { normals } from '../../kernels/lib/rng.ts';

type Shape = { readonly N: number };

/** The status that each variant must get, and what its reason must say. */
export const EXPECTED: Readonly<Record<string, { status: string; reason: RegExp }>> = {
  honest: { status: 'ok', reason: /^$/ },
  wrong: { status: 'wrong', reason: /expected/ },
  nan: { status: 'wrong', reason: /got NaN/ },
  'unwritten-element': { status: 'wrong', reason: /got NaN/ },
  'too-short': { status: 'wrong', reason: /elements/ },
  'wrong-for-odd': { status: 'wrong', reason: /^N=7: / },
  'right-after-warm-up': { status: 'wrong', reason: /index 0/ },
  'wrong-after-warm-up': { status: 'wrong', reason: /^after warm-up/ },
  'throws-in-prepare': { status: 'failed', reason: /threw cannot prepare/ },
  'throws-in-run': { status: 'failed', reason: /threw cannot run/ },
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

let calls = 0;
/** More than the checks before the timing make, fewer than the timing does. */
const WARM = 300;

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
    variant('nan', 'NaN in the middle', (x, out) => {
      double(x, out);
      out[out.length >> 1] = Number.NaN;
    }),
    variant('unwritten-element', 'leaves out the last element', (x, out) => {
      for (let i = 0; i < x.length - 1; i++) out[i] = 2 * x[i]!;
    }),
    defineVariant<Float32Array, Shape>({
      name: 'too-short',
      backend: 'js',
      idea: 'gives an output of the wrong length',
      prepare: (x) => ({ run: () => {}, read: () => new Float32Array(x.length - 1), dispose: () => {} }),
    }),
    variant('wrong-for-odd', 'forgets the remainder behind blocks of two', (x, out) => {
      out.fill(0);
      for (let i = 0; i + 1 < x.length; i += 2) {
        out[i] = 2 * x[i]!;
        out[i + 1] = 2 * x[i + 1]!;
      }
    }),
    variant(
      'right-after-warm-up',
      'wrong for the first calls, as a faulty baseline compiler is',
      (x, out) => {
        double(x, out);
        if (calls++ < WARM) out[0] = 0;
      },
    ),
    variant(
      'wrong-after-warm-up',
      'right for the first calls, as a faulty optimising compiler is',
      (x, out) => {
        double(x, out);
        if (calls++ > WARM) out[0] = 0;
      },
    ),
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
