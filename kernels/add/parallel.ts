import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { type Pair, pairTask, pairWorkers } from '../lib/pairs.ts';
import { addInto } from './naive.ts';

export const addTask = pairTask(addInto);

export const parallel = defineVariant<Pair, ElementwiseShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the elements of `naive` shared among worker threads, in whole cache lines',
  prepare: (input, _shape, host) => pairWorkers(host, import.meta.url, 'addTask', input),
});
