/** A transformer on a WebGPU device: its weights and its cache stay there, and a pass is one command buffer. */
import { type GpuBuffers, readFloats } from '../../../kernels/lib/gpu.ts';
import { fence, map } from '../../../kernels/lib/gpu-device.ts';
import { checkPass, checkToken } from '../bounds.ts';
import { encode, type Passes, type Ready } from './dispatches.ts';

/** Words before the tokens of a pass: T, S, H, G, D. */
export const BATCH_WORDS = 5;

export interface GpuModelOptions {
  /** Positions that the cache has room for. */
  readonly capacity: number;
  /** Most tokens of one pass. Default: 1. */
  readonly batch?: number;
}

/** Of attention as the device does it. */
export interface GpuHeads {
  readonly vocabulary: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
}

/** What a pass is told, and what comes out of it. */
export interface PassBuffers {
  /** Words T, S, H, G, D, then the tokens: T of them, after which the cache holds S. */
  readonly batch: GPUBuffer;
  /** Words S, H, G, D. */
  readonly seen: GPUBuffer;
  /** Of the last token; with room for one more where the vocabulary is odd. */
  readonly logits: GPUBuffer;
}

export function passBuffers(buffers: GpuBuffers, vocabulary: number, batch: number): PassBuffers {
  return {
    batch: buffers.empty(4 * (BATCH_WORDS + batch)),
    seen: buffers.empty(4 * 4),
    logits: buffers.empty(8 * Math.ceil(vocabulary / 2)),
  };
}

/** A model that is loaded: passes add their tokens to its cache. */
export class GpuModel {
  readonly capacity: number;
  readonly batch: number;
  protected readonly buffers: GpuBuffers;
  readonly #vocabulary: number;
  readonly #passes: Passes<Ready>;
  readonly #of: PassBuffers;
  /** What a pass writes before it begins: kept, so that none allocates. */
  readonly #batchWords: Uint32Array<ArrayBuffer>;
  readonly #seenWords: Uint32Array<ArrayBuffer>;
  /** Of {@link next}. */
  readonly #read: GPUBuffer;
  readonly #logits: Float32Array;
  #count = 0;

  protected constructor(
    { vocabulary, heads, kvHeads, headSize }: GpuHeads,
    { capacity, batch = 1 }: GpuModelOptions,
    buffers: GpuBuffers,
    of: PassBuffers,
    passes: Passes<Ready>,
  ) {
    this.capacity = capacity;
    this.batch = batch;
    this.buffers = buffers;
    this.#vocabulary = vocabulary;
    this.#of = of;
    this.#passes = passes;
    this.#batchWords = new Uint32Array(BATCH_WORDS + batch);
    this.#batchWords.set([0, 0, heads, kvHeads, headSize]);
    this.#seenWords = Uint32Array.of(0, heads, kvHeads, headSize);
    this.#read = buffers.readable(4 * vocabulary);
    this.#logits = new Float32Array(vocabulary);
  }

  get device(): GPUDevice {
    return this.buffers.device;
  }

  /**
   * Names the tokens of the next pass, which stand in the cache from `position` on.
   * @throws RangeError for more than `batch` of them, one that is not in the vocabulary, or a position that the cache has no room for
   */
  begin(tokens: ArrayLike<number>, position: number): void {
    const count = tokens.length;
    checkPass(count, position, this);
    for (let t = 0; t < count; t++) {
      checkToken(tokens[t]!, { vocabulary: this.#vocabulary });
      this.#batchWords[BATCH_WORDS + t] = tokens[t]!;
    }
    this.#batchWords[0] = count;
    this.#batchWords[1] = this.#seenWords[0] = position + count;
    this.#count = count;
    const { queue } = this.device;
    queue.writeBuffer(this.#of.batch, 0, this.#batchWords, 0, BATCH_WORDS + count);
    queue.writeBuffer(this.#of.seen, 0, this.#seenWords);
  }

  /** Puts the pass that has begun into a compute pass. */
  encode(pass: GPUComputePassEncoder): void {
    this.encodePass(pass, this.#count);
  }

  /** One pass: {@link logits} are those of the token after the last. Returns before it is done. @throws RangeError as {@link begin} */
  run(tokens: ArrayLike<number>, position: number): void {
    this.begin(tokens, position);
    this.submit((pass) => this.encode(pass));
  }

  /**
   * One pass and the readback of its logits, as one command buffer. Not before the one before has resolved.
   * @returns what the next one overwrites
   * @throws RangeError as {@link begin}; Error in one line where nothing can be read
   */
  async next(tokens: ArrayLike<number>, position: number): Promise<Float32Array> {
    this.begin(tokens, position);
    this.submit(
      (pass) => this.encode(pass),
      (encoder) => encoder.copyBufferToBuffer(this.#of.logits, 0, this.#read, 0, 4 * this.#vocabulary),
    );
    await map(this.device, this.#read);
    this.#logits.set(new Float32Array(this.#read.getMappedRange()));
    this.#read.unmap();
    return this.#logits;
  }

  /** Resolves when all passes are done. @throws Error in one line for what the device reports */
  sync(): Promise<void> {
    return fence(this.device);
  }

  /** Of the latest pass, whose end it waits for: the one readback of a token. */
  logits(): Promise<Float32Array> {
    return readFloats(this.device, [{ buffer: this.#of.logits, length: this.#vocabulary }]);
  }

  dispose(): void {
    this.buffers.destroy();
  }

  /** A pass of `count` tokens, whose words are in its buffers when it is done. */
  protected encodePass(pass: GPUComputePassEncoder, count: number): void {
    // The loops of one token read each weight once, and need no tile to be full.
    encode(pass, count === 1 ? this.#passes.one : this.#passes.many, count);
  }

  /** One command buffer. */
  protected submit(
    encodeAll: (pass: GPUComputePassEncoder) => void,
    after: (encoder: GPUCommandEncoder) => void = () => {},
  ): void {
    const { device } = this;
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    encodeAll(pass);
    pass.end();
    after(encoder);
    device.queue.submit([encoder.finish()]);
  }
}
