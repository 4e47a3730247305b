import { defineVariant } from '../kernel.ts';
import { type ElementwiseShape, elementwiseTask, elementwiseWorkers } from '../lib/elementwise.ts';
import { tanhRational } from './blocked.ts';

export const tanhTask = elementwiseTask(tanhRational);

export const parallel = defineVariant<Float32Array, ElementwiseShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the elements of `blocked` shared among worker threads, in whole cache lines',
  prepare: (x, _shape, host) => elementwiseWorkers(host, import.meta.url, 'tanhTask', x),
});
