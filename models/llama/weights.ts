import { LOOPS } from '../../kernels/dequant/loops.ts';
import { QUANTS, type Quant } from '../../kernels/lib/quant.ts';
import { GgufError, type Metadata } from '../gguf/format.ts';
import { type Gguf, memorySource, openGguf } from '../gguf/reader.ts';
import { GGML_TYPES, type GgmlType } from '../gguf/types.ts';
import { type GgufContent, type GgufTensor, serializeGguf } from '../gguf/writer.ts';
import { HEAD, type LlamaConfig, llamaConfig, MATRICES, type MatrixName, tensorsOf } from './config.ts';

/** A tensor as its file stores it. */
export interface StoredTensor {
  readonly type: GgmlType;
  /** Row-major: `[rows, columns]`, or `[elements]`. */
  readonly dims: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A model's tensors as float32. */
export interface LlamaTensors {
  readonly config: LlamaConfig;
  readonly embedding: Float32Array;
  readonly head: Float32Array;
  readonly outputNorm: Float32Array;
  readonly layers: readonly (Readonly<Record<MatrixName, Float32Array>> & {
    readonly attn_norm: Float32Array;
    readonly ffn_norm: Float32Array;
  })[];
}

/**
 * A Llama whose tensors are read when they are asked for. An object of a class, so that nobody who guards or copies an input does so with
 * a model: it is not what changes from one input to the next.
 */
export class LlamaWeights {
  readonly #gguf: Gguf;
  readonly config: LlamaConfig;
  readonly #floats = new Map<string, Float32Array>();

  /** @throws GgufError where the file is no Llama, or of a type that nothing here reads */
  constructor(gguf: Gguf) {
    this.#gguf = gguf;
    this.config = llamaConfig(gguf);
    for (const [name] of tensorsOf(this.config)) {
      const type = gguf.tensors.get(name)?.type;
      if (type !== undefined && type !== 'f32' && !Object.hasOwn(QUANTS, type))
        throw new GgufError(
          gguf.name,
          `has ${name} in ${type}; read are f32, ${Object.keys(QUANTS).join(', ')}`,
        );
    }
  }

  /** Name of the output matrix: the embedding's, where it is that. */
  get head(): string {
    return this.#gguf.tensors.has(HEAD) ? HEAD : 'token_embd.weight';
  }

  /** Bytes of all tensors that a pass reads, as they are stored. */
  get bytes(): number {
    return tensorsOf(this.config).reduce(
      (sum, [name]) => sum + (this.#gguf.tensors.get(name)?.bytes ?? 0),
      0,
    );
  }

  /** Of every tensor by its name. */
  get types(): ReadonlyMap<string, GgmlType> {
    return new Map(Array.from(this.#gguf.tensors.values(), ({ name, type }) => [name, type]));
  }

  typeOf(name: string): GgmlType {
    return this.#gguf.tensor(name).type;
  }

  /** In memory of its own, at each call. @throws GgufError where the file has become shorter */
  async read(name: string): Promise<StoredTensor> {
    const { type, dims } = this.#gguf.tensor(name);
    return { type, dims, bytes: await this.#gguf.read(name) };
  }

  /** Bytes of a tensor as it is stored, from its byte `from` on. @throws as {@link Gguf.readInto} */
  readInto(name: string, from: number, to: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#gguf.readInto(name, from, to);
  }

  /** The whole file in pieces, for those who read GGUF themselves. */
  file(): AsyncIterable<Uint8Array> {
    return this.#gguf.file();
  }

  /** The whole file with other metadata, made of those that it has. */
  async *fileWith(change: (metadata: Metadata) => Metadata): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const tensors: GgufTensor[] = [];
    for (const { name, type, dims } of this.#gguf.tensors.values()) {
      const bytes = await this.#gguf.read(name);
      tensors.push({ name, type, dims, data: () => [bytes] });
    }
    for (const piece of serializeGguf(this.#gguf.name, { metadata: change(this.#gguf.metadata), tensors }))
      yield new Uint8Array(piece);
  }

  /** As float32, exactly what the blocks say rounded once; kept, as every reference and every plain loop asks for all of them. */
  async floats(name: string): Promise<Float32Array> {
    let floats = this.#floats.get(name);
    if (!floats) {
      floats = dequantised(await this.read(name));
      this.#floats.set(name, floats);
    }
    return floats;
  }

  async close(): Promise<void> {
    await this.#gguf.close();
  }
}

export function dequantised({ type, dims, bytes }: StoredTensor): Float32Array {
  return dequantisedTo(
    type,
    bytes,
    dims.reduce((product, n) => product * n, 1),
  );
}

/** `length` elements of whole blocks; of float32 a view of `bytes`. */
export function dequantisedTo(type: GgmlType, bytes: Uint8Array<ArrayBuffer>, length: number): Float32Array {
  if (type === 'f32') return new Float32Array(bytes.buffer, bytes.byteOffset, length);
  const out = new Float32Array(length);
  LOOPS[type as Quant](bytes, out, 0, out.length / GGML_TYPES[type].block);
  return out;
}

/** All tensors as float32. */
export async function tensorsIn(weights: LlamaWeights): Promise<LlamaTensors> {
  const { config } = weights;
  const layers = [];
  for (let l = 0; l < config.layers; l++) {
    const entries: [string, Float32Array][] = [];
    for (const name of ['attn_norm', 'ffn_norm', ...MATRICES])
      entries.push([name, await weights.floats(`blk.${l}.${name}.weight`)]);
    layers.push(Object.fromEntries(entries) as unknown as LlamaTensors['layers'][number]);
  }
  return {
    config,
    embedding: await weights.floats('token_embd.weight'),
    head: await weights.floats(weights.head),
    outputNorm: await weights.floats('output_norm.weight'),
    layers,
  };
}

/** What a writer would write, read back in memory. */
export async function weightsOf(name: string, content: GgufContent): Promise<LlamaWeights> {
  const pieces = Array.from(serializeGguf(name, content), (piece) => piece.slice());
  const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
  return new LlamaWeights(await openGguf(memorySource(name, bytes)));
}
