/** In TypeScript, with work that is shared among threads: they import this file too. */
import { defineKernel, defineVariant, jsVariant, type MakeTask, sharedF32, workersVariant } from 'kernel-zoo';

type Shape = { readonly N: number };
interface Data {
  x: Float32Array<SharedArrayBuffer>;
  out: Float32Array<SharedArrayBuffer>;
}

export const halfTask: MakeTask<Data> =
  ({ x, out }) =>
  (thread, threads) => {
    for (let n = thread; n < out.length; n += threads) out[n] = (x[n] as number) / 2;
  };

const naive = defineVariant<Float32Array, Shape>({
  name: 'naive',
  backend: 'js',
  idea: 'the formula as written',
  prepare: (x, { N }) =>
    jsVariant(N, (out) => {
      for (let n = 0; n < N; n++) out[n] = (x[n] as number) / 2;
    }),
});

const parallel = defineVariant<Float32Array, Shape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'every other element',
  prepare: (x, { N }, host) =>
    workersVariant<Data>(host, import.meta.url, 'halfTask', { x: sharedF32(x), out: sharedF32(N) }),
});

export default defineKernel<Float32Array, Shape>({
  name: 'half',
  formula: 'out[N] = x[N] / 2',
  cases: [{ shape: { N: 4099 }, from: 'odd' }],
  inputs: ({ N }, rng) => Float32Array.from({ length: N }, () => rng.normal()),
  reference: (x) => ({ values: Float64Array.from(x, (v) => v / 2) }),
  tolerance: {
    metric: 'rel',
    bound: 0,
    why: 'exact but for denormals, which normals of deviation 1 are not',
  },
  work: ({ N }) => ({ flops: N, bytes: 8 * N }),
  variants: [naive, parallel],
});
