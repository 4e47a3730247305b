/**
 * The same kernels under two names: variants `first` and `second` of a case are one and the same variant of the zoo, so
 * that every difference that is found between them is false. For `zoo doctor --self-test`.
 */
import { defineVariant } from '../../kernels/kernel.ts';
import { type ProxyShape, proxied, proxyKernel, type Targets } from './proxy.ts';

/** Short calls of JavaScript and WASM, whose references are short too: what counts is how many comparisons fit. */
const TWINS: Targets = {
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

const twin = (name: string) =>
  defineVariant<unknown, ProxyShape>({
    ...{ name, backend: 'js', idea: 'the variant of the zoo that the case names, under another name' },
    ...proxied(TWINS),
  });

const shapes = Object.keys(TWINS).map((of) => ({ of }));
export default proxyKernel<ProxyShape>('twins', TWINS, shapes, [twin('first'), twin('second')]);
