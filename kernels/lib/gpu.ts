import type { Host, Prepared } from '../kernel.ts';
import { checked, compile, fence, map } from './gpu-device.ts';

export interface GpuCall {
  /** The shader, `new URL('./webgpu.wgsl', import.meta.url)`; entry point `main`. */
  readonly url: URL;
  /** Shaders whose declarations join those of `url`: functions that several kernels call, or a `main` around what `url` declares. */
  readonly joined?: readonly URL[];
  /** Read-only storage buffers, at bindings 0, 1, … of group 0. */
  readonly inputs: readonly ArrayBufferView[];
  /** float32 elements of the output: a read-write storage buffer at the binding after the inputs. */
  readonly outputLength: number;
  /** Values for `override` constants of the shader: shapes are constants of the pipeline. */
  readonly constants: Record<string, number>;
  /** Workgroups in x, y, z. */
  readonly workgroups: readonly [number, number?, number?];
}

/** The most workgroups a dispatch may have in one dimension on every adapter. */
export const MAX_WORKGROUPS = 65_535;

const pipelines = new WeakMap<GPUDevice, Map<string, Promise<GPUComputePipeline>>>();

/** Compiling takes a tenth of a second on some adapters: once per shader and constants. @throws Error where it does not compile */
export function pipelineFor(
  device: GPUDevice,
  code: string,
  constants: Record<string, number>,
): Promise<GPUComputePipeline> {
  let known = pipelines.get(device);
  if (!known) {
    known = new Map();
    pipelines.set(device, known);
  }
  const key = JSON.stringify(constants) + code;
  let pipeline = known.get(key);
  if (!pipeline) {
    pipeline = compile(device, code, constants);
    known.set(key, pipeline);
  }
  return pipeline;
}

/** The text of one shader whose declarations stand in several files: a compiler's line numbers are those of the first. */
export async function shaderOf(host: Host, urls: readonly URL[]): Promise<string> {
  const files = await Promise.all(urls.map((url) => host.load(url)));
  return files.map((bytes) => new TextDecoder().decode(bytes)).join('\n');
}

/** Bytes of the storage buffer that holds so many: whole words, and never none. */
export function storageBytes(bytes: number): number {
  return Math.max(4, Math.ceil(bytes / 4) * 4);
}

/** Buffers that live and end together. Made within `checked`, they say why they could not be. */
export class GpuBuffers {
  readonly device: GPUDevice;
  readonly #all: GPUBuffer[] = [];

  constructor(device: GPUDevice) {
    this.device = device;
  }

  /** With zeros; written and read by copies, too. */
  empty(bytes: number): GPUBuffer {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    return this.#keep({ size: storageBytes(bytes), usage });
  }

  /** Of `bytes`, which `write` puts there: only read by shaders. A view of quantised bytes may end inside a word. */
  filled(bytes: number, write: (to: Uint8Array) => void): GPUBuffer {
    return this.#filled(GPUBufferUsage.STORAGE, bytes, write);
  }

  /** What every thread of a dispatch is told, in the layout of a WGSL struct. */
  uniform(data: ArrayBuffer): GPUBuffer {
    return this.#filled(GPUBufferUsage.UNIFORM, data.byteLength, (to) => to.set(new Uint8Array(data)));
  }

  /** Copied to, and read by the processor (`map`). */
  readable(bytes: number): GPUBuffer {
    return this.#keep({
      size: storageBytes(bytes),
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
  }

  upload(data: ArrayBufferView): GPUBuffer {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return this.filled(bytes.length, (to) => to.set(bytes));
  }

  destroy(): void {
    for (const buffer of this.#all) buffer.destroy();
  }

  #filled(usage: number, bytes: number, write: (to: Uint8Array) => void): GPUBuffer {
    const buffer = this.#keep({ size: storageBytes(bytes), usage, mappedAtCreation: true });
    write(new Uint8Array(buffer.getMappedRange(), 0, bytes));
    buffer.unmap();
    return buffer;
  }

  #keep(descriptor: GPUBufferDescriptor): GPUBuffer {
    const buffer = this.device.createBuffer(descriptor);
    this.#all.push(buffer);
    return buffer;
  }
}

/** The first float32 of each of some buffers, one after the other, when all that was submitted is done. */
export async function readFloats(
  device: GPUDevice,
  parts: readonly { readonly buffer: GPUBuffer; readonly length: number }[],
): Promise<Float32Array> {
  const size = 4 * parts.reduce((sum, { length }) => sum + length, 0);
  const staging = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  let at = 0;
  for (const { buffer, length } of parts) {
    encoder.copyBufferToBuffer(buffer, 0, staging, at, 4 * length);
    at += 4 * length;
  }
  device.queue.submit([encoder.finish()]);
  await map(device, staging);
  const result = new Float32Array(staging.getMappedRange().slice(0));
  staging.destroy();
  return result;
}

/**
 * One compute dispatch per run; `sync` waits for the queue, and only `read` copies the output back.
 * @throws Error, in one line, where the shader does not compile, a buffer is larger than the device allows or has memory for, or
 * the device is lost; `sync` throws the last as well
 */
export async function gpuVariant(host: Host, call: GpuCall): Promise<Prepared> {
  if (!('device' in host.gpu)) throw new Error(host.gpu.reason);
  const { device } = host.gpu;
  const pipeline = await pipelineFor(
    device,
    await shaderOf(host, [call.url, ...(call.joined ?? [])]),
    call.constants,
  );
  const buffers = new GpuBuffers(device);
  const { bindGroup, output } = await checked(device, () => {
    const inputs = call.inputs.map((data) => buffers.upload(data));
    const output = buffers.empty(4 * call.outputLength);
    const entries = [...inputs, output].map((buffer, binding) => ({ binding, resource: { buffer } }));
    return { output, bindGroup: device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }) };
  }).catch((error) => {
    buffers.destroy();
    throw error;
  });
  const poison = (value: number) =>
    device.queue.writeBuffer(output, 0, new Float32Array(call.outputLength).fill(value));
  // So that an element that no thread writes fails its check.
  poison(Number.NaN);

  const [x, y, z] = call.workgroups;
  const encode = (pass: GPUComputePassEncoder) => {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(x, y, z);
  };
  return {
    run() {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      encode(pass);
      pass.end();
      device.queue.submit([encoder.finish()]);
    },
    encode,
    sync: () => fence(device),
    read: () => readFloats(device, [{ buffer: output, length: call.outputLength }]),
    poison,
    dispose: () => buffers.destroy(),
  };
}

/** Spreads `n` workgroups over x and y where they are more than one dimension holds; the shader skips the surplus. */
export function spread(n: number): [number, number] {
  const y = Math.ceil(n / MAX_WORKGROUPS);
  return [Math.ceil(n / y), y];
}
