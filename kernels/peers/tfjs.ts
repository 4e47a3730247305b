/**
 * TensorFlow.js on its WASM back end (XNNPACK), one thread, and in a page on its WebGPU back end. Tensors live in its own memory from
 * before `run`: nothing is copied in the timed region. A call makes a new output tensor and gives the last one back, as its users
 * have to.
 */
import type { FloatArray, Shape, Variant } from '../kernel.ts';
import { fence } from '../lib/gpu-device.ts';
import { peerVariant } from '../lib/peer.ts';

/** What is used of it. */
export interface Tensor {
  data(): Promise<Float32Array>;
  dataSync(): Float32Array;
  dispose(): void;
}

export interface Tf {
  tensor(values: Float32Array, shape: readonly number[]): Tensor;
  tidy(body: () => Tensor): Tensor;
  matMul(a: Tensor, b: Tensor, transposeA?: boolean, transposeB?: boolean): Tensor;
  transpose(x: Tensor, order: readonly number[]): Tensor;
  softmax(x: Tensor): Tensor;
  tanh(x: Tensor): Tensor;
  erf(x: Tensor): Tensor;
  sigmoid(x: Tensor): Tensor;
  add(a: Tensor, b: Tensor | number): Tensor;
  sub(a: Tensor, b: Tensor): Tensor;
  mul(a: Tensor, b: Tensor | number): Tensor;
  rsqrt(x: Tensor): Tensor;
  square(x: Tensor): Tensor;
  mean(x: Tensor, axis: number, keepDims: boolean): Tensor;
}

interface Loaded extends Tf {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
}

interface WasmModule {
  readonly tf: Loaded;
  readonly wasm: { setThreadsCount(count: number): void };
}

interface GpuModule {
  readonly tf: Loaded & { backend(): WebGpuBackend };
}

/** Of its WebGPU back end: commands are recorded, and handed to the queue some at a time. */
interface WebGpuBackend {
  readonly device: GPUDevice;
  /** Where commands were recorded and not yet handed over. */
  readonly commandEncoder?: GPUCommandEncoder | null;
  endComputePassEncoder(): void;
  submitQueue(): void;
}

/** Makes the inputs, and gives the function of them that is called. */
export type TfStart<I, S> = (
  tf: Tf,
  input: I,
  shape: S,
) => { inputs: Tensor[]; body: (...inputs: Tensor[]) => Tensor };

/**
 * Both variants of one call: `tfjs`, and `tfjs-webgpu`.
 * @param gpu where the second differs from the first
 */
export function tfjs<I, S extends Shape>(
  idea: string,
  start: TfStart<I, S>,
  more?: Partial<Variant<I, S>>,
  gpu?: Partial<Variant<I, S>>,
): [Variant<I, S>, Variant<I, S>] {
  const onWasm = async ({ tf, wasm }: WasmModule, input: I, shape: S) => {
    wasm.setThreadsCount(1);
    await choose(tf, 'wasm');
    return calls(tf, start(tf, input, shape), (out) => out.dataSync());
  };
  const onGpu = async ({ tf }: GpuModule, input: I, shape: S) => {
    await choose(tf, 'webgpu');
    const backend = tf.backend();
    await fence(backend.device);
    const sync = async () => {
      if (backend.commandEncoder) {
        backend.endComputePassEncoder();
        backend.submitQueue();
      }
      await fence(backend.device);
    };
    return { ...calls(tf, start(tf, input, shape), (out) => out.data()), sync };
  };
  return [
    peerVariant('tfjs', idea, onWasm, more),
    peerVariant('tfjs-webgpu', `${idea}; on its WebGPU back end`, onGpu, { ...more, ...gpu }),
  ];
}

async function choose(tf: Loaded, backend: string): Promise<void> {
  if (!(await tf.setBackend(backend))) throw new Error(`its back end ${backend} does not start here`);
  await tf.ready();
}

function calls(
  tf: Tf,
  { inputs, body }: ReturnType<TfStart<never, never>>,
  read: (out: Tensor) => FloatArray | Promise<FloatArray>,
) {
  const call = () => body(...inputs);
  let out: Tensor | undefined;
  return {
    run() {
      out?.dispose();
      out = tf.tidy(call);
    },
    read: () => read(out!),
    dispose() {
      out?.dispose();
      for (const tensor of inputs) tensor.dispose();
    },
  };
}
