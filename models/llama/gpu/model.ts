/** A Llama on a WebGPU device: its weights and its cache stay there, and a pass is one command buffer. */

import type { FloatArray, Host } from '../../../kernels/kernel.ts';
import { GpuBuffers, pipelineFor, readFloats, shaderOf } from '../../../kernels/lib/gpu.ts';
import { checked, fence } from '../../../kernels/lib/gpu-device.ts';
import { checkPass, checkToken } from '../bounds.ts';
import type { LlamaConfig } from '../config.ts';
import type { LlamaWeights } from '../weights.ts';
import { BATCH_WORDS, type ModelBuffers, placeLlama } from './buffers.ts';
import { type Dispatch, passesOf, SIZES } from './dispatches.ts';
import { unfit } from './plan.ts';

export interface LlamaGpuOptions {
  /** Positions that the cache has room for. */
  readonly capacity: number;
  /** Most tokens of one pass. Default: 1. */
  readonly batch?: number;
}

interface Ready {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly workgroups: Dispatch['workgroups'];
}

/** A model that is loaded: passes add their tokens to its cache. */
export class LlamaGpu {
  readonly config: LlamaConfig;
  readonly capacity: number;
  readonly batch: number;
  readonly #buffers: GpuBuffers;
  readonly #model: ModelBuffers;
  readonly #one: readonly Ready[];
  readonly #many: readonly Ready[];
  /** What a pass writes before it begins: kept, so that none allocates. */
  readonly #batchWords: Uint32Array<ArrayBuffer>;
  readonly #seenWords: Uint32Array<ArrayBuffer>;
  #count = 0;

  private constructor(
    config: LlamaConfig,
    { capacity, batch = 1 }: LlamaGpuOptions,
    buffers: GpuBuffers,
    model: ModelBuffers,
    ready: { readonly one: readonly Ready[]; readonly many: readonly Ready[] },
  ) {
    const { heads, kvHeads, headSize } = config;
    this.config = config;
    this.capacity = capacity;
    this.batch = batch;
    this.#buffers = buffers;
    this.#model = model;
    this.#one = ready.one;
    this.#many = ready.many;
    this.#batchWords = new Uint32Array(BATCH_WORDS + batch);
    this.#batchWords.set([0, 0, heads, kvHeads, headSize]);
    this.#seenWords = Uint32Array.of(0, heads, kvHeads, headSize);
  }

  /** @throws Error in one line where there is no device, or it cannot hold or run this model */
  static async load(weights: LlamaWeights, host: Host, options: LlamaGpuOptions): Promise<LlamaGpu> {
    if (!('device' in host.gpu)) throw new Error(host.gpu.reason);
    const { device } = host.gpu;
    const { config, types } = weights;
    const { capacity, batch = 1 } = options;
    const reason = unfit({ config, types, capacity, batch }, device.limits);
    if (reason !== undefined) throw new Error(reason);
    const buffers = new GpuBuffers(device);
    try {
      const model = await placeLlama(weights, buffers, capacity, batch);
      const { one, many } = passesOf(config, model);
      const ready = {
        one: await makeReady(host, buffers, one),
        many: batch > 1 ? await makeReady(host, buffers, many) : [],
      };
      return new LlamaGpu(config, options, buffers, model, ready);
    } catch (error) {
      buffers.destroy();
      throw error;
    }
  }

  /**
   * Names the tokens of the next pass, which stand in the cache from `position` on.
   * @throws RangeError for more than `batch` of them, one that is not in the vocabulary, or a position that the cache has no room for
   */
  begin(tokens: ArrayLike<number>, position: number): void {
    const count = tokens.length;
    checkPass(count, position, this);
    for (let t = 0; t < count; t++) {
      checkToken(tokens[t]!, this.config);
      this.#batchWords[BATCH_WORDS + t] = tokens[t]!;
    }
    this.#batchWords[0] = count;
    this.#batchWords[1] = this.#seenWords[0] = position + count;
    this.#count = count;
    const { queue } = this.#buffers.device;
    queue.writeBuffer(this.#model.batch, 0, this.#batchWords, 0, BATCH_WORDS + count);
    queue.writeBuffer(this.#model.seen, 0, this.#seenWords);
  }

  /** Puts the pass that has begun into a compute pass. */
  encode(pass: GPUComputePassEncoder): void {
    // The loops of one token read each weight once, and need no tile to be full.
    for (const { pipeline, bindGroup, workgroups } of this.#count === 1 ? this.#one : this.#many) {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindGroup);
      pass.dispatchWorkgroups(...workgroups(this.#count));
    }
  }

  /** One pass: {@link logits} are those of the token after the last. Returns before it is done. @throws RangeError as {@link begin} */
  run(tokens: ArrayLike<number>, position: number): void {
    this.begin(tokens, position);
    const { device } = this.#buffers;
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    this.encode(pass);
    pass.end();
    device.queue.submit([encoder.finish()]);
  }

  /** Resolves when all passes are done. @throws Error in one line for what the device reports */
  sync(): Promise<void> {
    return fence(this.#buffers.device);
  }

  /** Of the latest pass, whose end it waits for: the one readback of a token. */
  logits(): Promise<Float32Array> {
    return this.read();
  }

  /** The logits, then the keys and the values of `positions` of layer `l`, `[positions, kvHeads · headSize]` each; keys are turned. */
  read(l = 0, positions = 0): Promise<Float32Array> {
    const { vocabulary, kvHeads, headSize } = this.config;
    const length = positions * kvHeads * headSize;
    const { keys, values } = this.#model.layers[l]!;
    return readFloats(this.#buffers.device, [
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

  dispose(): void {
    this.#buffers.destroy();
  }

  #write(buffer: GPUBuffer, floats: FloatArray): void {
    // Deno 2.9 panics where there is nothing to write, as of a cache that is empty.
    if (floats.length > 0) this.#buffers.device.queue.writeBuffer(buffer, 0, Float32Array.from(floats));
  }
}

/** A shader is compiled once, that of one token once for each format; the rest of a dispatch is which buffers it binds. */
async function makeReady(host: Host, own: GpuBuffers, dispatches: readonly Dispatch[]): Promise<Ready[]> {
  const { device } = own;
  const pipelines: GPUComputePipeline[] = [];
  // One after the other: scopes of errors belong to the device, not to who opened them.
  for (const { shader, constants } of dispatches)
    pipelines.push(await pipelineFor(device, await shaderOf(host, shader), constants));
  return checked(device, () =>
    dispatches.map(({ buffers, sizes, workgroups }, i) => {
      const pipeline = pipelines[i]!;
      const bound = sizes ? [...buffers, [SIZES, own.uniform(sizes)] as const] : buffers;
      const entries = bound.map(([binding, buffer]) => ({ binding, resource: { buffer } }));
      const bindGroup = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
      return { pipeline, bindGroup, workgroups };
    }),
  );
}
