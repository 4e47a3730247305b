/** Functions whose allocation in Chromium is known: its pointers in objects have 4 bytes. */
import { defineKernel, defineVariant } from '../../kernels/kernel.ts';

/** What a function leaves here cannot be optimised away. */
const kept: { value: unknown; field: unknown } = { value: undefined, field: {} };
let turn = 0;

const allocates = (name: string, allocate: () => void) =>
  defineVariant<Float32Array, { N: number }>({
    name,
    backend: 'js',
    idea: 'allocates and writes 1',
    prepare() {
      const out = new Float32Array(1);
      const run = () => {
        allocate();
        out[0] = 1;
      };
      return { run, read: () => out.slice(), poison: (value) => out.fill(value), dispose() {} };
    },
  });

export default defineKernel<Float32Array, { N: number }>({
  name: 'known',
  formula: 'y[i] = 1, i < N',
  cases: [{ shape: { N: 1 }, from: 'a test' }],
  inputs: () => new Float32Array(1),
  reference: () => ({ values: Float64Array.of(1) }),
  tolerance: { metric: 'abs', bound: 0, why: 'a constant' },
  work: () => ({ flops: 1, bytes: 8 }),
  variants: [
    allocates('arithmetic', () => {
      turn = (turn * 5 + 1) & 1023;
    }),
    // Map, properties, elements and three small integers.
    allocates('object', () => {
      kept.value = { a: 1, b: 2, c: 3 };
    }),
    // An array of 16 bytes, its elements of 8 + 64 · 8.
    allocates('array', () => {
      kept.value = new Array(64).fill(1.5);
    }),
    allocates('buffer', () => {
      kept.value = new Float64Array(1024);
    }),
  ],
});
