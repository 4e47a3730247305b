/**
 * The same kernels under two names: variants `first` and `second` of a case are one and the same variant of the zoo, so
 * that every difference that is found between them is false. For `zoo doctor --self-test`.
 */
import { KERNELS } from '../../kernels/index.ts';
import { defineKernel, defineVariant } from '../../kernels/kernel.ts';
import { unsupported } from '../../kernels/lib/check.ts';
import { parseCase } from '../plan.ts';

type Shape = { readonly of: string };

/** Short calls of JavaScript and WASM, whose references are short too: what counts is how many comparisons fit. */
const TWINS: Readonly<Record<string, readonly [kernel: string, variant: string, name: string]>> = {
  'softmax-blocked': ['softmax', 'blocked', 'R=1536,C=128'],
  'softmax-simd': ['softmax', 'simd', 'R=1536,C=128'],
  'tanh-naive': ['tanh', 'naive', 'N=3072'],
  'tanh-simd': ['tanh', 'simd', 'N=3072'],
  'gelu-simd': ['gelu', 'simd', 'N=3072'],
  'rmsnorm-naive': ['rmsnorm', 'naive', 'R=1,C=576'],
  'rmsnorm-simd': ['rmsnorm', 'simd', 'R=128,C=576'],
  'rope-blocked': ['rope', 'blocked', 'T=128,H=9,D=64,layout=half'],
  'rope-simd': ['rope', 'simd', 'T=64,H=32,D=64,layout=interleaved'],
  'gelu-naive': ['gelu', 'naive', 'N=3072'],
  'matmul-ikj': ['matmul', 'ikj', 'M=192,N=192,K=192'],
  'matmul-simd': ['matmul', 'simd', 'M=192,N=192,K=192'],
};

function target({ of }: Shape) {
  const [kernelName, variantName, name] = TWINS[of]!;
  const kernel = KERNELS.find((candidate) => candidate.name === kernelName)!;
  const variant = kernel.variants.find((candidate) => candidate.name === variantName)!;
  return { kernel, variant, shape: parseCase(kernel, name) };
}

const twin = (name: string) =>
  defineVariant<unknown, Shape>({
    name,
    backend: 'js',
    idea: 'the variant of the zoo that the case names, under another name',
    unsupported(shape, host) {
      const { variant, shape: own } = target(shape);
      return unsupported(variant, own, host);
    },
    prepare(input, shape, host) {
      const { variant, shape: own } = target(shape);
      return variant.prepare(input, own, host);
    },
  });

export default defineKernel<unknown, Shape>({
  name: 'twins',
  formula: 'the variant that `of` names',
  cases: Object.keys(TWINS).map((of) => ({ shape: { of }, from: TWINS[of]!.join(' ') })),
  inputs(shape, rng, host) {
    const { kernel, shape: own } = target(shape);
    return kernel.inputs(own, rng, host);
  },
  reference(input, shape, rng) {
    const { kernel, shape: own } = target(shape);
    return kernel.reference(input, own, rng);
  },
  tolerance: {
    metric: 'nmse',
    bound: 1e-6,
    why: 'that each ran; its accuracy is checked in the cells of its own kernel',
  },
  work(shape) {
    const { kernel, shape: own } = target(shape);
    return kernel.work(own);
  },
  variants: [twin('first'), twin('second')],
});
