/**
 * ONNX Runtime, on the web by its WASM execution provider, in Node by native code, one thread each, and in a page by its WebGPU
 * execution provider. A model, mostly of one operator, is written for each shape. On the web a run copies its inputs into the runtime's
 * memory and its output out of it: its interface has no other way for the WASM provider, so that is in its time. In Node tensors are not
 * copied, and on WebGPU inputs and output stay in buffers of its device.
 */
import type { FloatArray, Shape, Variant } from '../kernel.ts';
import { fence } from '../lib/gpu-device.ts';
import { inTurn, queue } from '../lib/in-turn.ts';
import { type PeerCall, peerVariant } from '../lib/peer.ts';
import { type ModelSpec, type Protobuf, writeModel } from './onnx.ts';

interface OrtTensor {
  readonly data: Float32Array;
  /** Copied from where it lies. */
  getData(): Promise<Float32Array>;
  dispose(): void;
}

interface Session {
  run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

interface TensorClass {
  new (type: string, data: Float32Array | BigInt64Array, dims: readonly number[]): OrtTensor;
  fromGpuBuffer(buffer: GPUBuffer, options: { dataType: string; dims: readonly number[] }): OrtTensor;
}

interface Module {
  readonly ort: {
    readonly env: {
      readonly wasm: { numThreads?: number; proxy?: boolean };
      /** Of WebGPU; there from the first session on. */
      readonly webgpu?: { readonly device: Promise<GPUDevice> };
    };
    readonly Tensor: TensorClass;
    readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
  };
  readonly protobuf: Protobuf;
}

/**
 * What calls are made in turn for: they are asynchronous, and two at once would share the cores. The module with the WebGPU provider loses its
 * stack where it is called while it waits for the GPU.
 */
const RUNTIME = {};

/** A model and what it is fed with. */
export interface OrtCall extends ModelSpec {
  /** In the order of the model's inputs. */
  readonly feeds: readonly (Float32Array | BigInt64Array)[];
}

/**
 * The variants of one call: `ort-web`, `ort-webgpu`, and `ort-node` as the far anchor.
 * @param gpu where the second differs from the others
 */
export function ort<I, S extends Shape>(
  idea: string,
  call: (input: I, shape: S) => OrtCall | Promise<OrtCall>,
  more?: Partial<Variant<I, S>>,
  gpu?: Partial<Variant<I, S>>,
): [Variant<I, S>, Variant<I, S>, Variant<I, S>] {
  const start = async (module: Module, input: I, shape: S) => openOnCpu(module, await call(input, shape));
  const startOnGpu = async (module: Module, input: I, shape: S) =>
    openOnGpu(module, await call(input, shape));
  return [
    peerVariant('ort-web', `${idea}; copies in and out are in its time`, start, more),
    peerVariant('ort-webgpu', `${idea}; by its WebGPU provider`, startOnGpu, { ...more, ...gpu }),
    peerVariant('ort-node', `${idea}, in native code`, start, { ...more, native: true }),
  ];
}

async function openOnCpu(module: Module, call: OrtCall): Promise<PeerCall> {
  const session = await createSession(module, call, {});
  const { Tensor } = module.ort;
  const inputs = feedsOf(call, (feed, type, dims) => new Tensor(type, feed, dims));
  let out: FloatArray = new Float32Array(0);
  const { run, sync, dispose } = queue(RUNTIME, async () => {
    out = (await session.run(inputs)).out!.data;
  });
  return { run, sync, read: () => out, dispose: () => dispose(() => session.release()) };
}

async function openOnGpu(module: Module, call: OrtCall): Promise<PeerCall> {
  const session = await createSession(module, call, {
    executionProviders: ['webgpu'],
    preferredOutputLocation: 'gpu-buffer',
    // An operator that the provider lacks is refused: it would be computed on the processor without a word.
    extra: { session: { disable_cpu_ep_fallback: '1' } },
  });
  const { env, Tensor } = module.ort;
  const device = await env.webgpu!.device;
  await fence(device);
  const buffers: GPUBuffer[] = [];
  const inputs = feedsOf(call, (feed, dataType, dims) => {
    const buffer = upload(device, feed);
    buffers.push(buffer);
    return Tensor.fromGpuBuffer(buffer, { dataType, dims });
  });
  let out: OrtTensor | undefined;
  const { run, sync, dispose } = queue(RUNTIME, async () => {
    out?.dispose();
    out = (await session.run(inputs)).out;
  });
  return {
    run,
    async sync() {
      await sync();
      await fence(device);
    },
    read: () => inTurn(RUNTIME, () => out!.getData()),
    dispose: () =>
      dispose(async () => {
        out?.dispose();
        await session.release();
        for (const buffer of buffers) buffer.destroy();
      }),
  };
}

function createSession({ ort, protobuf }: Module, spec: ModelSpec, options: object): Promise<Session> {
  if (ort.env.wasm) Object.assign(ort.env.wasm, { numThreads: 1, proxy: false });
  return inTurn(RUNTIME, () =>
    ort.InferenceSession.create(writeModel(protobuf, spec), {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      ...options,
    }),
  );
}

function feedsOf(
  { inputs, feeds }: OrtCall,
  make: (feed: Float32Array | BigInt64Array, type: string, dims: readonly number[]) => OrtTensor,
): Record<string, OrtTensor> {
  return Object.fromEntries(
    inputs.map(({ name, dims, type }, i) => [
      name,
      make(feeds[i]!, type === 'int64' ? 'int64' : 'float32', dims),
    ]),
  );
}

/** The runtime's own buffers are multiples of it, and so are the bindings that its shaders are given. */
const BUFFER_BYTES = 16;

function upload(device: GPUDevice, { buffer, byteOffset, byteLength }: ArrayBufferView): GPUBuffer {
  const made = device.createBuffer({
    size: Math.ceil(byteLength / BUFFER_BYTES) * BUFFER_BYTES,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    mappedAtCreation: true,
  });
  new Uint8Array(made.getMappedRange()).set(new Uint8Array(buffer, byteOffset, byteLength));
  made.unmap();
  return made;
}
