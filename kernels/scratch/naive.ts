import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { ScratchInput, ScratchShape } from './index.ts';
import { type Memory, runLayers } from './layers.ts';

/** A new array for every result; the garbage collector finds them. */
export const FRESH: Memory = {
  rent: (n) => new Float32Array(n),
  giveBack() {},
};

export const naive = defineVariant<ScratchInput, ScratchShape>({
  name: 'naive',
  backend: 'js',
  idea: 'a new array for every result, 16 of them a call, each filled with zeros that nobody reads',
  prepare: (input, { N }) => jsVariant(N, (out) => runLayers(input, out, FRESH)),
});
