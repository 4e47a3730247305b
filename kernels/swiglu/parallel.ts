import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { type Pair, pairTask, pairWorkers } from '../lib/pairs.ts';
import { swigluInline } from './blocked.ts';

export const swigluTask = pairTask(swigluInline);

export const parallel = defineVariant<Pair, ElementwiseShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the elements of `blocked` shared among worker threads, in whole cache lines',
  prepare: (input, _shape, host) => pairWorkers(host, import.meta.url, 'swigluTask', input),
});
