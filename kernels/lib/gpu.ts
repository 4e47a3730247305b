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

/** Compiling takes a tenth of a second on some adapters: once per shader and constants. */
function pipelineFor(
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

/**
 * One compute dispatch per run; `sync` waits for the queue, and only `read` copies the output back.
 * @throws Error, in one line, where the shader does not compile, a buffer is larger than the device allows or has memory for, or
 * the device is lost; `sync` throws the last as well
 */
export async function gpuVariant(host: Host, call: GpuCall): Promise<Prepared> {
  if (!('device' in host.gpu)) throw new Error(host.gpu.reason);
  const { device } = host.gpu;
  // Its own first, so that a compiler's line numbers are those of the file.
  const files = await Promise.all([call.url, ...(call.joined ?? [])].map((url) => host.load(url)));
  const code = files.map((bytes) => new TextDecoder().decode(bytes)).join('\n');
  const pipeline = await pipelineFor(device, code, call.constants);
  const buffers: GPUBuffer[] = [];
  const dispose = () => {
    for (const buffer of buffers) buffer.destroy();
  };
  const keep = (descriptor: GPUBufferDescriptor): GPUBuffer => {
    const buffer = device.createBuffer(descriptor);
    buffers.push(buffer);
    return buffer;
  };
  const upload = (data: ArrayBufferView) => {
    // Storage buffers are whole words; a view of quantised bytes may end inside one.
    const size = Math.max(4, Math.ceil(data.byteLength / 4) * 4);
    const buffer = keep({ size, usage: GPUBufferUsage.STORAGE, mappedAtCreation: true });
    new Uint8Array(buffer.getMappedRange()).set(
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    );
    buffer.unmap();
  };
  const outputBytes = call.outputLength * 4;
  const { bindGroup, output } = await checked(device, () => {
    for (const data of call.inputs) upload(data);
    const output = keep({
      size: outputBytes,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
    const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
    return { output, bindGroup: device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }) };
  }).catch((error) => {
    dispose();
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
    async read() {
      const staging = device.createBuffer({
        size: outputBytes,
        usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      });
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(output, 0, staging, 0, outputBytes);
      device.queue.submit([encoder.finish()]);
      await map(device, staging);
      const result = new Float32Array(staging.getMappedRange().slice(0));
      staging.destroy();
      return result;
    },
    poison,
    dispose,
  };
}

/** Spreads `n` workgroups over x and y where they are more than one dimension holds; the shader skips the surplus. */
export function spread(n: number): [number, number] {
  const y = Math.ceil(n / MAX_WORKGROUPS);
  return [Math.ceil(n / y), y];
}
