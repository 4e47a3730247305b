import { defineVariant } from '../kernel.ts';
import { type ElementwiseShape, elementwiseTask, elementwiseWorkers } from '../lib/elementwise.ts';
import { sigmoidInline } from './blocked.ts';

export const sigmoidTask = elementwiseTask(sigmoidInline);

export const parallel = defineVariant<Float32Array, ElementwiseShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the elements of `blocked` shared among worker threads, in whole cache lines',
  prepare: (x, _shape, host) => elementwiseWorkers(host, import.meta.url, 'sigmoidTask', x),
});
