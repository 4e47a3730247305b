/**
 * What a kernel or variant of one's own is written with. Everything here runs in a page as it does in a process: this is what
 * `kernel-zoo` is where a bundler builds for browsers.
 */
export type {
  Backend,
  Case,
  FloatArray,
  Host,
  Kernel,
  MakeTask,
  Prepared,
  Reference,
  Shape,
  Tolerance,
  Variant,
  Work,
} from '../kernels/kernel.ts';
export { caseName, defineKernel, defineVariant } from '../kernels/kernel.ts';
export { type GpuCall, gpuVariant } from '../kernels/lib/gpu.ts';
export { jsVariant, sharedF32, workersVariant } from '../kernels/lib/js.ts';
export { normals, type Rng, uniforms } from '../kernels/lib/rng.ts';
export { type WasmCall, wasmThreadsVariant, wasmVariant } from '../kernels/lib/wasm.ts';
