/**
 * The kernels as plain functions. Each prepares the very variant that the zoo measures, the fastest that this engine can run, and
 * calls its `run`: what was measured is what runs. They work in Node, Bun and Deno, and in pages built by a bundler that knows
 * `new URL('./simd.wasm', import.meta.url)`.
 *
 * Which variant: the first of the function's `ranking` that the engine supports, the order in which `zoo bench` measured them
 * (docs/method.md, “Kernels as functions”, which also says which kernels have none). Left out are approximations by design, but for
 * products with quantised weights, and WebGPU, to which input and output would cross at each call. Threads are used where
 * {@link useThreads} has given them, from {@link WORTH_THREADS_NS} of work on.
 *
 * Memory: what a shape needs is kept for the next call, for the {@link MOST_SHAPES} shapes that were used since the last were given
 * back. A WASM memory never shrinks: it stays as large as the most that was in use at once. {@link release} gives all back.
 */
export {
  type KernelFunction,
  MOST_SHAPES,
  type Ready,
  release,
  useThreads,
  WORTH_THREADS_NS,
} from './kernel-function.ts';
export * from './kernels/elementwise.ts';
export * from './kernels/products.ts';
export * from './kernels/quantised.ts';
export * from './kernels/rows.ts';
export * from './kernels/tokens.ts';
