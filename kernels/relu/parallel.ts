import { defineVariant } from '../kernel.ts';
import { type ElementwiseShape, elementwiseTask, elementwiseWorkers } from '../lib/elementwise.ts';
import { reluBits } from './bits.ts';

export const reluTask = elementwiseTask(reluBits);

export const parallel = defineVariant<Float32Array, ElementwiseShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the elements of `bits` shared among worker threads, in whole cache lines',
  prepare: (x, _shape, host) => elementwiseWorkers(host, import.meta.url, 'reluTask', x),
});
