/** A kernel for tests of pages: y = 2 x, and ways not to come back. */
import { defineKernel, defineVariant } from '../../kernels/kernel.ts';
import { jsVariant, sharedF32, workersVariant } from '../../kernels/lib/js.ts';
import { firstOf } from '../../kernels/lib/pool.ts';

type Shape = { readonly N: number };
type Data = { readonly x: Float32Array; readonly out: Float32Array<SharedArrayBuffer> };

const twice = (x: Float32Array) =>
  jsVariant(x.length, (out) => {
    for (let i = 0; i < x.length; i++) out[i] = 2 * x[i]!;
  });

export const twiceTask =
  ({ x, out }: Data) =>
  (thread: number, threads: number) => {
    const end = firstOf(x.length, thread + 1, threads);
    for (let i = firstOf(x.length, thread, threads); i < end; i++) out[i] = 2 * x[i]!;
  };

export default defineKernel<Float32Array, Shape>({
  name: 'twice',
  formula: 'y[i] = 2 x[i], i < N',
  cases: [{ shape: { N: 64 }, from: 'a test' }],
  inputs: ({ N }, rng) => Float32Array.from({ length: N }, () => rng.integer(1000)),
  reference: (x) => ({ values: Float64Array.from(x, (v) => 2 * v) }),
  tolerance: { metric: 'abs', bound: 0, why: 'whole numbers' },
  work: ({ N }) => ({ flops: N, bytes: 8 * N }),
  variants: [
    defineVariant<Float32Array, Shape>({ name: 'naive', backend: 'js', idea: 'a loop', prepare: twice }),
    defineVariant<Float32Array, Shape>({
      name: 'parallel',
      backend: 'workers',
      idea: 'a module that names itself, imported by the workers of the pool',
      prepare: (x, { N }, host) =>
        workersVariant<Data>(host, import.meta.url, 'twiceTask', { x: sharedF32(x), out: sharedF32(N) }),
    }),
    defineVariant<Float32Array, Shape>({
      name: 'hangs',
      backend: 'js',
      idea: 'runs without end',
      prepare: (x) => ({
        ...twice(x),
        run() {
          for (;;);
        },
      }),
    }),
    defineVariant<Float32Array, Shape>({
      name: 'rejects',
      backend: 'js',
      idea: 'fails where nobody looks',
      prepare(x) {
        const { run, ...others } = twice(x);
        return {
          ...others,
          run() {
            run();
            void Promise.reject(new TypeError('nobody waits for this'));
          },
        };
      },
    }),
  ],
});
