/** A GPT-2 on a WebGPU device. */
import type { Host } from '../../../kernels/kernel.ts';
import { GpuBuffers, readFloats } from '../../../kernels/lib/gpu.ts';
import { checked } from '../../../kernels/lib/gpu-device.ts';
import { checkPass, checkToken } from '../../lib/bounds.ts';
import { encode, makeReady, type Passes, type Ready } from '../../lib/gpu/dispatches.ts';
import { GpuModel, type GpuModelOptions } from '../../lib/gpu/model.ts';
import type { Gpt2Model } from '../weights.ts';
import { positionsOf } from '../work.ts';
import { type ModelBuffers, placeGpt2 } from './buffers.ts';
import { gpt2Passes } from './dispatches.ts';
import { paddedSizes } from './padding.ts';
import { unfit } from './plan.ts';

const own = (name: string) => new URL(`./${name}.wgsl`, import.meta.url);

/** A model that is loaded: passes add their tokens to its cache. */
export class Gpt2Gpu extends GpuModel {
  readonly #host: Host;
  readonly #model: Gpt2Model;
  readonly #placed: ModelBuffers;

  private constructor(
    model: Gpt2Model,
    host: Host,
    options: GpuModelOptions,
    buffers: GpuBuffers,
    placed: ModelBuffers,
    passes: Passes<Ready>,
  ) {
    const { heads, headSize } = paddedSizes(model.config);
    const { vocabulary } = model.config;
    super({ vocabulary, heads, kvHeads: heads, headSize }, options, buffers, placed, passes);
    this.#host = host;
    this.#model = model;
    this.#placed = placed;
  }

  /** @throws Error in one line where there is no device, or it cannot hold or run this model */
  static async load(model: Gpt2Model, host: Host, options: GpuModelOptions): Promise<Gpt2Gpu> {
    if (!('device' in host.gpu)) throw new Error(host.gpu.reason);
    const { device } = host.gpu;
    const { config } = model;
    const { capacity, batch = 1 } = options;
    const reason = unfit(config, { capacity, batch }, device.limits);
    if (reason !== undefined) throw new Error(reason);
    const sizes = paddedSizes(config);
    const buffers = new GpuBuffers(device);
    try {
      const placed = await checked(device, () => placeGpt2(model, sizes, buffers, capacity, batch));
      const { one, many } = gpt2Passes(config, sizes, placed);
      const passes = {
        one: await makeReady(host, buffers, one),
        many: batch > 1 ? await makeReady(host, buffers, many) : [],
      };
      return new Gpt2Gpu(model, host, options, buffers, placed, passes);
    } catch (error) {
      buffers.destroy();
      throw error;
    }
  }

  /**
   * Greedy: the device chooses each token, and goes on with it.
   * @throws RangeError for a prompt that no pass has room for, one with a token that is not in the vocabulary, or more positions than the cache
   * has; Error in one line where the device has no memory for the output
   */
  async generation(prompt: Int32Array, tokens: number): Promise<Gpt2Generation> {
    checkPass(prompt.length, 0, { batch: this.batch, capacity: this.capacity });
    checkPass(1, positionsOf(prompt.length, tokens) - 1, { batch: 1, capacity: this.capacity });
    for (const token of prompt) checkToken(token, this.#model.config);
    const { vocabulary } = this.#model.config;
    const { batch, seen, logits } = this.#placed;
    const { heads, headSize } = paddedSizes(this.#model.config);
    const { buffers } = this;
    const words = Uint32Array.of(prompt.length, prompt.length, heads, heads, headSize, ...prompt);
    const [given, out] = await checked(buffers.device, () => [
      buffers.upload(words),
      buffers.empty(4 * tokens * (vocabulary + 1)),
    ]);
    const bound = (...all: GPUBuffer[]) => all.map((buffer, i) => [i, buffer] as const);
    const alone = { workgroups: () => [1] as const };
    const [restart, choose] = await makeReady(this.#host, buffers, [
      { shader: [own('restart')], constants: {}, buffers: bound(given!, batch, seen), ...alone },
      {
        shader: [own('choose')],
        constants: { VOCABULARY: vocabulary, STEPS: tokens },
        buffers: bound(logits, given!, batch, seen, out!),
        ...alone,
      },
    ]);
    const length = tokens * (vocabulary + 1);
    const encodeAll = (pass: GPUComputePassEncoder) => {
      encode(pass, [restart!], 1);
      for (let i = 0; i < tokens; i++) {
        this.encodePass(pass, i === 0 ? prompt.length : 1);
        encode(pass, [choose!], 1);
      }
    };
    return {
      encode: encodeAll,
      run: () => this.submit(encodeAll),
      read: () => readFloats(buffers.device, [{ buffer: out!, length }]),
      poison: (value) => buffers.device.queue.writeBuffer(out!, 0, new Float32Array(length).fill(value)),
    };
  }
}

/** A generation as one command buffer. */
export interface Gpt2Generation {
  encode(pass: GPUComputePassEncoder): void;
  /** Returns before it is done. */
  run(): void;
  /** The logits of each token, `[tokens, vocabulary]`, and then the tokens. */
  read(): Promise<Float32Array>;
  /** Overwrites what {@link read} gives. */
  poison(value: number): void;
}
