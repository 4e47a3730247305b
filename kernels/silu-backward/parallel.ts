import { defineVariant } from '../kernel.ts';
import type { ElementwiseShape } from '../lib/elementwise.ts';
import { type GradientInput, gradientTask, gradientWorkers } from '../lib/gradients.ts';
import { siluBackward } from './naive.ts';

export const siluBackwardTask = gradientTask(siluBackward);

export const parallel = defineVariant<GradientInput, ElementwiseShape>({
  name: 'parallel',
  backend: 'workers',
  idea: 'the elements of `naive` shared among worker threads, in whole cache lines',
  prepare: (input, _shape, host) => gradientWorkers(host, import.meta.url, 'siluBackwardTask', input),
});
