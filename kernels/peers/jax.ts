/**
 * jax-js on its WASM back end, one thread, and in a page on its WebGPU back end. Arrays live in its own memory from before `run`; a
 * jitted function is called, and the output of the call before is given back. Arrays are consumed by what they are passed to, so each
 * call takes a new reference.
 */
import type { Shape, Variant } from '../kernel.ts';
import { fence } from '../lib/gpu-device.ts';
import { peerVariant } from '../lib/peer.ts';

export interface JaxArray {
  readonly ref: JaxArray;
  mul(other: JaxArray | number): JaxArray;
  add(other: JaxArray): JaxArray;
  data(): Promise<Float32Array>;
  dataSync(): Float32Array;
  blockUntilReady(): Promise<JaxArray>;
  /** Hands what it depends on to the GPU, and waits for none of it. */
  gpuBufferSync(): GPUBuffer;
  reshape(shape: readonly number[]): JaxArray;
  dispose(): void;
}

export interface Jax {
  readonly numpy: {
    array(values: Float32Array, options?: object): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    tanh(x: JaxArray): JaxArray;
  };
  readonly nn: {
    softmax(x: JaxArray, axis?: number): JaxArray;
    gelu(x: JaxArray, options?: { approximate: boolean }): JaxArray;
    silu(x: JaxArray): JaxArray;
    standardize(x: JaxArray, axis: number, options: { epsilon: number }): JaxArray;
    dotProductAttention(q: JaxArray, k: JaxArray, v: JaxArray, options: { isCausal: boolean }): JaxArray;
  };
}

interface Module extends Jax {
  init(...backends: string[]): Promise<string[]>;
  defaultDevice(device: string): string;
  getWebGPUDevice(): GPUDevice;
  jit(body: (...args: JaxArray[]) => JaxArray): (...args: JaxArray[]) => JaxArray;
}

/** Makes the inputs, and gives the function of them that is jitted. */
export type JaxStart<I, S> = (
  jax: Jax,
  input: I,
  shape: S,
) => { inputs: JaxArray[]; body: (...args: JaxArray[]) => JaxArray };

/**
 * Both variants of one call: `jax-js`, and `jax-js-webgpu`.
 * @param gpu where the second differs from the first
 */
export function jax<I, S extends Shape>(
  idea: string,
  start: JaxStart<I, S>,
  more?: Partial<Variant<I, S>>,
  gpu?: Partial<Variant<I, S>>,
): [Variant<I, S>, Variant<I, S>] {
  const open = async (module: Module, backend: 'wasm' | 'webgpu', input: I, shape: S) => {
    if (!(await module.init(backend)).includes(backend))
      throw new Error(`its back end ${backend} does not start here`);
    module.defaultDevice(backend);
    const { inputs, body } = start(module, input, shape);
    const call = module.jit(body);
    return { inputs, next: () => call(...inputs.map((array) => array.ref)) };
  };
  return [
    peerVariant(
      'jax-js',
      idea,
      async (module: Module, input, shape) => onWasm(await open(module, 'wasm', input, shape)),
      more,
    ),
    peerVariant(
      'jax-js-webgpu',
      `${idea}; on its WebGPU back end`,
      async (module: Module, input, shape) =>
        onGpu(await open(module, 'webgpu', input, shape), module.getWebGPUDevice()),
      { ...more, ...gpu },
    ),
  ];
}

interface Opened {
  readonly inputs: readonly JaxArray[];
  next(): JaxArray;
}

function onWasm({ inputs, next }: Opened) {
  let out: JaxArray | undefined;
  // One behind the other, and each waited for: what nobody waits for it does not compute.
  let last: Promise<void> = Promise.resolve();
  const step = async () => {
    out?.dispose();
    out = next();
    await out.blockUntilReady();
  };
  return {
    run() {
      last = last.then(step);
    },
    sync: () => last,
    read: () => out!.ref.data(),
    dispose() {
      last.then(() => {
        out?.dispose();
        for (const array of inputs) array.dispose();
      });
    },
  };
}

function onGpu({ inputs, next }: Opened, device: GPUDevice) {
  let out: JaxArray | undefined;
  return {
    run() {
      out?.dispose();
      out = next();
      // What nobody asks for it does not compute; the queue is waited for once a batch.
      out.ref.gpuBufferSync();
    },
    sync: () => fence(device),
    read: () => out!.ref.data(),
    dispose() {
      out?.dispose();
      for (const array of inputs) array.dispose();
    },
  };
}
