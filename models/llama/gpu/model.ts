/** A Llama on a WebGPU device. */

import type { FloatArray, Host } from '../../../kernels/kernel.ts';
import { GpuBuffers, readFloats } from '../../../kernels/lib/gpu.ts';
import { makeReady, type Passes, type Ready } from '../../lib/gpu/dispatches.ts';
import { GpuModel, type GpuModelOptions } from '../../lib/gpu/model.ts';
import type { LlamaConfig } from '../config.ts';
import type { LlamaWeights } from '../weights.ts';
import { type ModelBuffers, placeLlama } from './buffers.ts';
import { llamaPasses } from './dispatches.ts';
import { unfit } from './plan.ts';

/** A model that is loaded: passes add their tokens to its cache. */
export class LlamaGpu extends GpuModel {
  readonly config: LlamaConfig;
  readonly #model: ModelBuffers;

  private constructor(
    config: LlamaConfig,
    options: GpuModelOptions,
    buffers: GpuBuffers,
    model: ModelBuffers,
    passes: Passes<Ready>,
  ) {
    super(config, options, buffers, model, passes);
    this.config = config;
    this.#model = model;
  }

  /** @throws Error in one line where there is no device, or it cannot hold or run this model */
  static async load(weights: LlamaWeights, host: Host, options: GpuModelOptions): Promise<LlamaGpu> {
    if (!('device' in host.gpu)) throw new Error(host.gpu.reason);
    const { device } = host.gpu;
    const { config, types } = weights;
    const { capacity, batch = 1 } = options;
    const reason = unfit({ config, types, capacity, batch }, device.limits);
    if (reason !== undefined) throw new Error(reason);
    const buffers = new GpuBuffers(device);
    try {
      const model = await placeLlama(weights, buffers, capacity, batch);
      const { one, many } = llamaPasses(config, model);
      const passes = {
        one: await makeReady(host, buffers, one),
        many: batch > 1 ? await makeReady(host, buffers, many) : [],
      };
      return new LlamaGpu(config, options, buffers, model, passes);
    } catch (error) {
      buffers.destroy();
      throw error;
    }
  }

  /** The logits, then the keys and the values of `positions` of layer `l`, `[positions, kvHeads · headSize]` each; keys are turned. */
  read(l: number, positions: number): Promise<Float32Array> {
    const { vocabulary, kvHeads, headSize } = this.config;
    const length = positions * kvHeads * headSize;
    const { keys, values } = this.#model.layers[l]!;
    return readFloats(this.device, [
      { buffer: this.#model.logits, length: vocabulary },
      { buffer: keys, length },
      { buffer: values, length },
    ]);
  }

  /** Sets the first positions of a layer's cache. */
  fill(l: number, cache: { readonly keys: FloatArray; readonly values: FloatArray }): void {
    const { keys, values } = this.#model.layers[l]!;
    this.#write(keys, cache.keys);
    this.#write(values, cache.values);
  }

  /** Overwrites what {@link read} gives for the same arguments. */
  poison(value: number, l = 0, positions = 0): void {
    const { vocabulary, kvHeads, headSize } = this.config;
    this.#write(this.#model.logits, new Float32Array(vocabulary).fill(value));
    const part = new Float32Array(positions * kvHeads * headSize).fill(value);
    this.fill(l, { keys: part, values: part });
  }

  #write(buffer: GPUBuffer, floats: FloatArray): void {
    // Deno 2.9 panics where there is nothing to write, as of a cache that is empty.
    if (floats.length > 0) this.device.queue.writeBuffer(buffer, 0, Float32Array.from(floats));
  }
}
