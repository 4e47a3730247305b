/** A Llama in WebAssembly: its weights and its cache in the one memory, a pass as one call. */

import { workBytes as attentionBytes } from '../../kernels/attention/simd.ts';
import { workBytes as decodeBytes } from '../../kernels/attention-decode/simd.ts';
import type { Host, ScopeHook, Task } from '../../kernels/kernel.ts';
import type { Arena, Region, Tensor } from '../../kernels/lib/arena.ts';
import { packedBytes } from '../../kernels/lib/qpack.ts';
import type { Quant } from '../../kernels/lib/quant.ts';
import { relaxedDot } from '../../kernels/lib/relaxed-dot.ts';
import { compile, instantiate, taskOf } from '../../kernels/lib/wasm.ts';
import { WORK_BYTES as GEMM_BYTES } from '../../kernels/matmul/simd.ts';
import { interleavedTable } from '../../kernels/rope/simd.ts';
import { ropeTable } from '../../kernels/rope/tables.ts';
import { tensorBytes } from '../gguf/types.ts';
import { checkPass, checkToken } from '../lib/bounds.ts';
import { PassTrace } from '../lib/trace.ts';
import { transpose } from '../lib/transpose.ts';
import { type LlamaConfig, MATRICES, matrixShape } from './config.ts';
import { type LayerWords, type MatrixWords, PLAN, planWords, writePlan } from './plan.ts';
import { STEPS } from './trace.ts';
import { dequantised, dequantisedTo, type LlamaWeights } from './weights.ts';
import { cacheBytes } from './work.ts';

const MODULE = new URL('./simd.wasm', import.meta.url);
const TRACED = new URL('./simd.traced.wasm', import.meta.url);
const WIDE = new URL('./simd.wide.wasm', import.meta.url);

/** Formats of simd.as.ts. */
const FORMATS: Readonly<Partial<Record<string, number>>> = { q8_0: 0, q4_0: 1, q4_k: 2 };
const FLOATS = 3;

export interface LlamaOptions {
  /** Positions that the cache has room for. */
  readonly capacity: number;
  /** Most tokens of one pass. Default: 1. */
  readonly batch?: number;
  /** Products of dequantised weights in float32, in place of integer ones straight from the blocks. */
  readonly exact?: boolean;
  /** On all threads of the pool. */
  readonly threaded?: boolean;
  /** Parts that the keys of one token are cut into; default: one a thread. Where it is given, no bit hangs on how many threads there are. */
  readonly parts?: number;
  /** Products of a prompt by panels of 16 weight rows, for V8 with --experimental-wasm-revectorize. Tells no `scopes`. */
  readonly wide?: boolean;
  /** Told of the steps of each pass, by a module of its own. */
  readonly scopes?: ScopeHook | undefined;
  /** Room for the logits of every token of a pass: see {@link LlamaWasm.verify}. */
  readonly every?: boolean;
  /** A step as a graph of single operations: what fusing is worth. */
  readonly unfused?: boolean;
}

/** Words of the plan that change from pass to pass. */
const COUNT = PLAN.indexOf('count');
const POSITION = PLAN.indexOf('position');
const EVERY = PLAN.indexOf('every');

/** A function of its own: where it stands with the call itself, each pass allocates what the closure refers to, traced or not. */
function within(trace: PassTrace, pass: Task): void {
  trace.within(() => pass.run());
}

/** A model that is loaded: passes add their tokens to its cache. */
export class LlamaWasm {
  readonly config: LlamaConfig;
  readonly capacity: number;
  readonly batch: number;
  /** Other weights of the same model, or the same again, in place of those that it has. */
  readonly refill: (weights: LlamaWeights) => Promise<void>;
  readonly #matrices: Placed['matrices'];
  readonly #region: Region;
  readonly #plan: Tensor<'i32'>;
  /** Where in the words of the plan the tokens of a pass stand: behind all others. */
  readonly #tokensAt: number;
  readonly #logits: Tensor<'f32'>;
  readonly #all: Tensor<'f32'> | undefined;
  readonly #cache: readonly { readonly keys: Tensor<'f32'>; readonly values: Tensor<'f32'> }[];
  readonly #decode: Task;
  readonly #prefill: Task;
  readonly #trace: PassTrace | undefined;
  /** Kept: a view is 100 bytes that each pass would allocate anew. */
  #words: Int32Array;

  private constructor(
    placed: Placed,
    decode: Task,
    prefill: Task,
    refill: (weights: LlamaWeights) => Promise<void>,
    scopes: ScopeHook | undefined,
  ) {
    this.config = placed.config;
    this.capacity = placed.capacity;
    this.batch = placed.batch;
    this.#region = placed.region;
    this.#plan = placed.plan;
    this.#tokensAt = placed.plan.length - placed.batch;
    this.#logits = placed.logits;
    this.#all = placed.all;
    this.#cache = placed.cache;
    this.#decode = decode;
    this.#prefill = prefill;
    this.refill = refill;
    this.#matrices = placed.matrices;
    this.#trace = scopes && new PassTrace(scopes, placed.config.layers, STEPS);
    this.#words = placed.plan.view();
  }

  /** Reads a model piece by piece: beside its weights as they are packed little memory is needed. */
  static async load(weights: LlamaWeights, host: Host, options: LlamaOptions): Promise<LlamaWasm> {
    const shared = options.threaded ?? false;
    const scopes = options.wide ? undefined : options.scopes;
    const module = await compile(host, options.wide ? WIDE : scopes ? TRACED : MODULE, shared);
    const arena = host.arena(shared);
    const region = arena.open();
    try {
      const placed = place(weights, region, shared ? host.threads : 1, options);
      const { pack } = await instantiate(module, region.memory);
      const refill = (from: LlamaWeights) =>
        fill(from, arena, placed, (...args) => pack!(placed.plan.ptr, ...args));
      await refill(weights);
      const task = (name: string) =>
        taskOf(host, shared, { module, memory: region.memory, name, args: [placed.plan.ptr] });
      return new LlamaWasm(
        placed,
        await task(options.unfused ? 'decodeUnfused' : 'decode'),
        await task('prefill'),
        refill,
        scopes,
      );
    } catch (error) {
      region.close();
      throw error;
    }
  }

  /**
   * One token at `position`, whose keys and values the cache then has: {@link logits} are those of the next.
   * @throws RangeError for a token that is not in the vocabulary, or a position that the cache has no room for
   */
  decode(token: number, position: number): void {
    this.#begin(position, 1);
    this.#put(0, token);
    this.#run(this.#decode);
  }

  /** Tokens from `position` on, at most `batch`: {@link logits} are those of the token after the last. @throws RangeError likewise */
  prefill(tokens: ArrayLike<number>, position: number): void {
    // The loops of one token need less space, and are made for it.
    if (tokens.length === 1) {
      this.decode(tokens[0]!, position);
      return;
    }
    this.#pass(tokens, position, 0);
  }

  /**
   * The same, of a model that was loaded with `every`: the logits after each of the tokens.
   * @returns `[tokens, vocabulary]`, and what else there is room for; a view that the next pass writes to
   */
  verify(tokens: ArrayLike<number>, position: number): Float32Array {
    if (!this.#all)
      throw new RangeError('logits of every token; this model was loaded without room for them');
    if (tokens.length === 1) this.decode(tokens[0]!, position);
    else this.#pass(tokens, position, 1);
    return this.#all.view();
  }

  /** Of the token after the latest pass of {@link decode} or {@link prefill}; a view that the next pass writes to. */
  logits(): Float32Array {
    return this.#logits.view();
  }

  /** One layer's part of the cache, `[capacity, kvHeads · headSize]`; keys are turned. Views, as of {@link logits}. */
  layer(l: number): { keys: Float32Array; values: Float32Array } {
    const { keys, values } = this.#cache[l]!;
    return { keys: keys.view(), values: values.view() };
  }

  /** Forgets its matrices: until {@link refill} it gives nothing of worth. */
  erase(): void {
    for (const { to } of this.#matrices) to.view().fill(0);
  }

  /** Of keys and values, as many as the cache has room for. */
  get cacheBytes(): number {
    return cacheBytes(this.config, this.capacity);
  }

  dispose(): void {
    this.#decode.dispose();
    this.#prefill.dispose();
    this.#region.close();
  }

  #pass(tokens: ArrayLike<number>, position: number, every: 0 | 1): void {
    this.#begin(position, tokens.length);
    for (let t = 0; t < tokens.length; t++) this.#put(t, tokens[t]!);
    this.#words[EVERY] = every;
    this.#run(this.#prefill);
  }

  #run(pass: Task): void {
    if (this.#trace) within(this.#trace, pass);
    else pass.run();
  }

  #begin(position: number, count: number): void {
    checkPass(count, position, this);
    // Where the memory has grown, views of what it was are empty.
    if (this.#words.length === 0) this.#words = this.#plan.view();
    this.#words[POSITION] = position;
    this.#words[COUNT] = count;
  }

  #put(t: number, token: number): void {
    checkToken(token, this.config);
    this.#words[this.#tokensAt + t] = token;
  }
}

/** Where everything is, before the weights are there. */
interface Placed {
  readonly config: LlamaConfig;
  readonly capacity: number;
  readonly batch: number;
  readonly region: Region;
  readonly plan: Tensor<'i32'>;
  readonly logits: Tensor<'f32'>;
  /** Of every token of a pass, where there is room for them; the first of these are `logits`. */
  readonly all?: Tensor<'f32'>;
  readonly cache: readonly { readonly keys: Tensor<'f32'>; readonly values: Tensor<'f32'> }[];
  readonly matrices: readonly PlacedMatrix[];
  readonly norms: readonly { readonly name: string; readonly to: Tensor<'f32'> }[];
}

interface PlacedMatrix {
  readonly name: string;
  readonly words: MatrixWords;
  readonly to: Tensor<'u8'> | Tensor<'f32'>;
}

/** The loops write whole groups of eight rows. */
const GROUP = 8;

/** Lays out weights, cache and working space, and writes the plan that names them. */
function place(
  weights: LlamaWeights,
  region: Region,
  threads: number,
  { capacity, batch = 1, exact = false, every = false, parts = threads, wide = false }: LlamaOptions,
): Placed {
  const { config } = weights;
  const { layers, width, ffn, heads, kvHeads, headSize, vocabulary } = config;
  const dot = relaxedDot();
  const matrices: PlacedMatrix[] = [];
  const matrix = (name: string, rows: number, columns: number): MatrixWords => {
    const known = matrices.find((each) => each.name === name);
    if (known) return known.words;
    const type = weights.typeOf(name);
    const format = exact || dot === 'wrong' ? FLOATS : (FORMATS[type] ?? FLOATS);
    const to =
      format === FLOATS ? region.f32(rows * columns) : region.u8(packedBytes(type as Quant, rows, columns));
    const words = { format, data: to.ptr, rows, columns };
    matrices.push({ name, words, to });
    return words;
  };
  const norms: { name: string; to: Tensor<'f32'> }[] = [];
  const norm = (name: string): number => {
    const to = region.f32(width);
    norms.push({ name, to });
    return to.ptr;
  };
  const cache: { keys: Tensor<'f32'>; values: Tensor<'f32'> }[] = [];
  const layer = (l: number): LayerWords => {
    const part = () => region.f32(capacity * kvHeads * headSize + GROUP);
    const [keys, values] = [part(), part()];
    cache.push({ keys, values });
    return {
      attentionNorm: norm(`blk.${l}.attn_norm.weight`),
      ffnNorm: norm(`blk.${l}.ffn_norm.weight`),
      keys: keys.ptr,
      values: values.ptr,
      matrices: MATRICES.map((name) => matrix(`blk.${l}.${name}.weight`, ...matrixShape(config, name))),
    };
  };
  const rows = (columns: number) => region.f32(batch * columns + GROUP).ptr;
  const longest = Math.max(width, ffn, heads * headSize);
  const room = region.f32((every ? batch : 1) * vocabulary + GROUP);
  const logits = { ...room, length: vocabulary, view: () => room.view().subarray(0, vocabulary) };
  const words = planWords(layers, MATRICES.length);
  const plan = region.i32(words + batch);
  writePlan(
    plan,
    {
      ...{ layers, width, ffn, heads, kvHeads, headSize, epsilon: config.epsilon },
      ...{ count: 0, tokens: plan.ptr + 4 * words, position: 0, every: 0 },
      // Where the relaxed dot product takes 8 bits, signed or not, weights are stored as it takes them.
      ...{ split: dot === 'seven' ? 1 : 0, offset: dot === 'unsigned' ? 128 : 0 },
      gate: region.i32(GATE_WORDS).ptr,
      angles: region.f32(
        interleavedTable(ropeTable(capacity, headSize, 0, false, config.ropeBase), capacity, headSize),
      ).ptr,
      ...{ x: rows(width), normed: rows(Math.max(width, heads * headSize)), q: rows(heads * headSize) },
      ...{ attended: rows(heads * headSize), gated: rows(ffn), up: rows(ffn), logits: room.ptr },
      attendWork: region.u8(decodeBytes({ S: capacity, H: heads, G: kvHeads, D: headSize }, parts)).ptr,
      attentionWork: region.u8(batch > 1 ? threads * attentionBytes(capacity, headSize) : 0).ptr,
      productWork: region.u8(productBytes(longest, batch, threads, exact, wide)).ptr,
      outputNorm: norm('output_norm.weight'),
      parts,
    },
    matrix('token_embd.weight', vocabulary, width),
    matrix(weights.head, vocabulary, width),
    Array.from({ length: layers }, (_, l) => layer(l)),
  );
  const rest = { plan, logits, ...(every ? { all: room } : {}), cache, matrices, norms };
  return { config, capacity, batch, region, ...rest };
}

/** Of barrier.as.ts. */
const GATE_WORDS = 3;

/** Working space of the longest product: see `ownWork` in simd.as.ts, lib/qmatmul.as.ts and lib/gemm.as.ts. */
function productBytes(
  columns: number,
  batch: number,
  threads: number,
  exact: boolean,
  wide: boolean,
): number {
  const blocks = Math.ceil(columns / 32);
  const one = threads * (80 * blocks + 4 * columns);
  if (batch === 1) return one;
  const panel = (wide ? 16 : 8) * (40 * blocks + 24);
  const integers = threads * panel + threads * batch * 72 * blocks;
  return Math.max(one, exact ? 0 : integers, threads * GEMM_BYTES);
}

/** Bytes of a tensor that are read and packed at a time: little beside any model, and all of it stays in cache. */
const PIECE = 1 << 20;
/** Room for a piece, from one loading to the next: a megabyte that each would leave to the collector, which is in no hurry. */
let spare: Uint8Array<ArrayBuffer> | undefined;

/** Brings the weights to their places, piece by piece: no second copy of them is ever whole, not even of one tensor. */
async function fill(
  weights: LlamaWeights,
  arena: Arena,
  { matrices, norms }: Placed,
  pack: (format: number, blocks: number, packed: number, rows: number, columns: number) => void,
): Promise<void> {
  for (const { name, to } of norms) (to as Tensor<'f32'>).view().set(dequantised(await weights.read(name)));
  const pieces = matrices.map(({ name, words: { rows, columns } }) => {
    const bytes = tensorBytes(weights.typeOf(name), [columns]);
    return { bytes, rows: Math.min(rows, Math.max(GROUP, GROUP * Math.floor(PIECE / (GROUP * bytes)))) };
  });
  const longest = Math.max(...pieces.map((piece) => piece.bytes * piece.rows));
  const staging = arena.open();
  const room = spare && spare.length >= longest ? spare : new Uint8Array(longest);
  // Another model may be loading meanwhile.
  spare = undefined;
  try {
    const blocks = staging.u8(longest);
    for (const [i, { name, words, to }] of matrices.entries()) {
      const piece = pieces[i]!;
      const type = weights.typeOf(name);
      const groupBytes = words.format === FLOATS ? 0 : packedBytes(type as Quant, GROUP, words.columns);
      for (let first = 0; first < words.rows; first += piece.rows) {
        const rows = Math.min(piece.rows, words.rows - first);
        const bytes = room.subarray(0, rows * piece.bytes);
        await weights.readInto(name, first * piece.bytes, bytes);
        if (words.format === FLOATS) {
          const floats = dequantisedTo(type, bytes, rows * words.columns);
          transpose(floats, (to as Tensor<'f32'>).view(), rows, words.columns, first, words.rows);
          continue;
        }
        blocks.view().set(bytes);
        pack(words.format, blocks.ptr, words.data + (first / GROUP) * groupBytes, rows, words.columns);
      }
    }
  } finally {
    spare = room;
    staging.close();
  }
}
