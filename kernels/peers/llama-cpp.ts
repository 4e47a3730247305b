/**
 * llama.cpp in Node, native code on one thread and on all that the host offers: a whole model from the same GGUF file. Its cache is
 * written and read as the file in which it saves one, so that it continues from the very keys and values that others are given (rounded to float16, as it keeps them), and is held against
 * the same reference at every depth. Each run first takes what the one before has added out of the cache again.
 *
 * Threads of llama.cpp spin while they wait for each other: where other processes keep the cores busy, two take many times as long as one.
 */
import type { FloatArray, Host, Prepared, Shape, Variant } from '../kernel.ts';
import { decodeHalf, encodeHalf } from '../lib/f16.ts';
import { peerVariant } from '../lib/peer.ts';

/** A model in a context of its own; see llama-cpp/entry.mjs. */
export interface LlamaCppContext {
  readonly systemInfo: string;
  readonly threads: number;
  evaluate(tokens: Uint32Array, position: number): Promise<void>;
  logits(): Promise<Float32Array>;
  save(): Promise<Uint8Array>;
  restore(state: Uint8Array): Promise<void>;
  printTimings(): void;
  dispose(): Promise<void>;
}

export interface LlamaCppOptions {
  readonly capacity: number;
  readonly batch: number;
  readonly threads: number;
  readonly exact: boolean;
  /** llama.cpp counts its own times. */
  readonly timings?: boolean;
}

export interface LlamaCppModule {
  load(file: AsyncIterable<Uint8Array>, options: LlamaCppOptions): Promise<LlamaCppContext>;
}

/** Keys and values of one layer, `[positions, kvHeads · headSize]`. */
export interface LayerKeysValues {
  readonly keys: FloatArray;
  readonly values: FloatArray;
}

/** What is evaluated in each run, and behind what. */
export interface LlamaCppCall {
  /** Pieces of a GGUF file. */
  readonly file: AsyncIterable<Uint8Array>;
  /** Attention in float32, keys and values too; llama.cpp's default is flash attention over a cache of float16. */
  readonly exact: boolean;
  readonly tokens: Int32Array;
  /** By layers; absent where nothing comes before. */
  readonly cache?: readonly LayerKeysValues[];
  readonly position: number;
  /** The output, from logits and the keys and values of the last layer. */
  output(logits: Float32Array, lastLayer: () => Promise<LayerKeysValues>): FloatArray | Promise<FloatArray>;
}

/** Both variants of one call: on one thread, and on those of the host. */
export function llamaCpp<I, S extends Shape>(
  idea: string,
  call: (input: I, shape: S) => LlamaCppCall,
  more: Partial<Variant<I, S>>,
): [Variant<I, S>, Variant<I, S>] {
  const variant = (name: 'llama-cpp' | 'llama-cpp-threads', words: string, threads: (host: Host) => number) =>
    peerVariant(
      name,
      words,
      (module: LlamaCppModule, input: I, shape: S, host: Host) =>
        prepare(module, call(input, shape), threads(host)),
      {
        native: true,
        unsupported: (_, { runtime }) =>
          runtime === 'node' ? undefined : 'the binary of node-llama-cpp is for Node',
        ...more,
      },
    );
  return [
    variant('llama-cpp', idea, () => 1),
    variant('llama-cpp-threads', `${idea}; on all threads`, ({ threads }) => threads),
  ];
}

async function prepare(
  module: LlamaCppModule,
  { file, exact, tokens, cache, position, output }: LlamaCppCall,
  threads: number,
): Promise<Prepared> {
  const context = await module.load(file, {
    ...{ capacity: position + tokens.length, batch: tokens.length, threads, exact },
  });
  if (cache && position > 0) await context.restore(writeCache(cache, position, exact));
  const ids = Uint32Array.from(tokens);
  // One behind the other: a context evaluates one batch at a time.
  let last: Promise<void> = Promise.resolve();
  const step = () => context.evaluate(ids, position);
  return {
    run() {
      last = last.then(step);
    },
    sync: () => last,
    async read() {
      await last;
      return output(await context.logits(), async () => lastLayerOf(await context.save()));
    },
    dispose() {
      last.then(() => context.dispose()).catch(() => {});
    },
  };
}

/** Numbers of ggml's types. */
const F32 = 0;
const F16 = 1;
/** LLAMA_STATE_SEQ_MAGIC, `ggsq`, and the version that the locked binary writes. */
const MAGIC = 0x67677371;
const VERSION = 3;
/** Of a cell: its position, how many sequences it belongs to, and which. */
const CELL_WORDS = 3;
/** Of a tensor: its type in four bytes, the bytes of a row in eight; where it is transposed, the bytes of an element and the rows. */
const TENSOR_HEADER = 12;

/**
 * The file in which llama.cpp saves one sequence, little-endian: magic, version, tokens (none: only their keys and values matter), the
 * one stream with its cells, whether values are transposed (without flash attention they are), layers; then every layer's keys, then
 * every layer's values.
 */
function writeCache(layers: readonly LayerKeysValues[], positions: number, exact: boolean): Uint8Array {
  const size = exact ? 4 : 2;
  const width = layers[0]!.keys.length / positions;
  const words = [MAGIC, VERSION, 0, 1, positions];
  for (let p = 0; p < positions; p++) words.push(p, 1, 0);
  words.push(exact ? 1 : 0, layers.length);
  const tensorBytes = TENSOR_HEADER + positions * width * size;
  const bytes = new Uint8Array(4 * words.length + 2 * layers.length * tensorBytes);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word, true);
  let at = 4 * words.length;
  const write = (tensor: FloatArray, second: number, third: number) => {
    for (const [i, word] of [exact ? F32 : F16, second, third].entries())
      view.setUint32(at + 4 * i, word, true);
    at += TENSOR_HEADER;
    for (let i = 0; i < tensor.length; i++, at += size) {
      if (exact) view.setFloat32(at, tensor[i]!, true);
      else view.setUint16(at, encodeHalf(tensor[i]!), true);
    }
  };
  for (const { keys } of layers) write(keys, width * size, 0);
  for (const { values } of layers) {
    if (exact) write(transposed(values, positions, width), size, width);
    else write(values, width * size, 0);
  }
  return bytes;
}

/** What {@link writeCache} writes, read back. @throws Error where it is laid out in another way */
function lastLayerOf(state: Uint8Array): LayerKeysValues {
  const view = new DataView(state.buffer, state.byteOffset, state.byteLength);
  const word = (i: number) => view.getUint32(4 * i, true);
  const tokens = word(2);
  const positions = word(4 + tokens);
  const at = 5 + tokens + CELL_WORDS * positions;
  const [isTransposed, layers, type, row] = [word(at), word(at + 1), word(at + 2), word(at + 3)];
  const size = type === F32 ? 4 : 2;
  const width = row / size;
  const begin = 4 * (at + 2);
  const tensorBytes = TENSOR_HEADER + positions * row;
  if (word(0) !== MAGIC || word(1) !== VERSION || begin + 2 * layers * tensorBytes !== state.length)
    throw new Error(`llama.cpp saves its cache in another way than version ${VERSION} of its format`);
  const read = (n: number) => {
    const start = begin + n * tensorBytes + TENSOR_HEADER;
    const element =
      type === F32
        ? (i: number) => view.getFloat32(start + 4 * i, true)
        : (i: number) => decodeHalf(view.getUint16(start + 2 * i, true));
    return Float32Array.from({ length: positions * width }, (_, i) => element(i));
  };
  const values = read(2 * layers - 1);
  return { keys: read(layers - 1), values: isTransposed ? transposed(values, width, positions) : values };
}

/** `[rows, columns]` to `[columns, rows]`. */
function transposed(x: FloatArray, rows: number, columns: number): Float32Array {
  const out = new Float32Array(x.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = x[r * columns + c]!;
  return out;
}
