import { defineVariant } from '../kernel.ts';
import { type ElementwiseShape, elementwiseTask, elementwiseWorkers } from '../lib/elementwise.ts';
import { expPolynomial } from './polynomial.ts';

export const expTask = elementwiseTask(expPolynomial);

export const parallel = defineVariant<Float32Array, ElementwiseShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the elements of `polynomial` shared among worker threads, in whole cache lines',
  prepare: (x, _shape, host) => elementwiseWorkers(host, import.meta.url, 'expTask', x),
});
