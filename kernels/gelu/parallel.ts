import { defineVariant } from '../kernel.ts';
import { type ElementwiseShape, elementwiseTask, elementwiseWorkers } from '../lib/elementwise.ts';
import { geluRational } from './blocked.ts';

export const geluTask = elementwiseTask(geluRational);

export const parallel = defineVariant<Float32Array, ElementwiseShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the elements of `blocked` shared among worker threads, in whole cache lines',
  prepare: (x, _shape, host) => elementwiseWorkers(host, import.meta.url, 'geluTask', x),
});
