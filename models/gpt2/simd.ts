/** A GPT-2 in WebAssembly: weights, cache and all tokens in the one memory; a step, or all of them, as one call. */
import { workBytes as attentionBytes } from '../../kernels/attention/simd.ts';
import { workBytes as attendBytes } from '../../kernels/attention-decode/simd.ts';
import { defineVariant, type Host, type Prepared, type Task } from '../../kernels/kernel.ts';
import type { Region, Tensor } from '../../kernels/lib/arena.ts';
import { compile, taskOf } from '../../kernels/lib/wasm.ts';
import { WORK_BYTES as GEMM_BYTES } from '../../kernels/matmul/simd.ts';
import { transpose } from '../lib/transpose.ts';
import type { GenerateInput, GenerateShape } from './input.ts';
import { type LayerWords, PLAN, wordsOf } from './plan.ts';
import type { Gpt2Model, Linear } from './weights.ts';
import { positionsOf } from './work.ts';

const MODULE = new URL('./simd.wasm', import.meta.url);
/** Of barrier.as.ts. */
const GATE_WORDS = 3;
const STEP = PLAN.indexOf('step');

/** Prompts that are continued side by side. */
export interface Prompts {
  readonly model: Gpt2Model;
  readonly prompts: readonly Int32Array[];
}

/** A model that is loaded for prompts of certain lengths and so many tokens behind each. */
export class Gpt2Wasm {
  readonly #region: Region;
  readonly #placed: Placed;
  readonly #pass: Task;
  readonly #generate: Task;
  readonly #batch: number;
  readonly #vocabulary: number;
  readonly #steps: number;
  /** Kept: a view is 100 bytes that each step would allocate anew. */
  readonly #views: Views;

  private constructor(region: Region, placed: Placed, input: Prompts, pass: Task, generate: Task) {
    this.#region = region;
    this.#placed = placed;
    this.#pass = pass;
    this.#generate = generate;
    this.#batch = input.prompts.length;
    this.#vocabulary = input.model.config.vocabulary;
    this.#steps = placed.logits.length / (this.#vocabulary * this.#batch);
    this.#views = viewsOf(placed);
  }

  /** @param threaded on all threads of the pool */
  static async load(input: Prompts, steps: number, host: Host, threaded: boolean): Promise<Gpt2Wasm> {
    const region = host.arena(threaded).open();
    try {
      const placed = place(region, input, steps, threaded ? host.threads : 1);
      const module = await compile(host, MODULE, threaded);
      const task = (name: string) =>
        taskOf(host, threaded, { module, memory: region.memory, name, args: [placed.plan.ptr] });
      return new Gpt2Wasm(region, placed, input, await task('pass'), await task('generate'));
    } catch (error) {
      region.close();
      throw error;
    }
  }

  /** The whole generation as one call. */
  generate(): void {
    this.#generate.run();
  }

  /**
   * Puts another prompt in place of the first: `length` of `ids`, from `from` on.
   * @throws RangeError where it is longer than the longest that the model was loaded for
   */
  prompt(ids: Int32Array, from: number, length: number): void {
    if (length > this.#placed.longest)
      throw new RangeError(`a prompt of ${length} tokens; this model was loaded for ${this.#placed.longest}`);
    const { tokens, lengths } = this.#fresh();
    lengths[0] = length;
    for (let t = 0; t < length; t++) tokens[t] = ids[from + t]!;
  }

  /** One step, the first being that of the prompts. The tokens that it chooses are where the next step reads them. */
  step(step: number): void {
    const { plan, tokens, logits } = this.#fresh();
    plan[STEP] = step;
    this.#pass.run();
    for (let b = 0; b < this.#batch; b++) {
      const from = (step * this.#batch + b) * this.#vocabulary;
      let best = from;
      for (let i = from; i < from + this.#vocabulary; i++) if (logits[i]! > logits[best]!) best = i;
      tokens[this.#chosenAt(b) + step] = best - from;
    }
  }

  /** Logits of all steps, `[steps, batch, vocabulary]`; a view that the next call writes to. */
  logits(): Float32Array {
    return this.#fresh().logits;
  }

  /** The token that the first sequence got in a step. */
  chosen(step: number): number {
    return this.#fresh().tokens[this.#chosenAt(0) + step]!;
  }

  /** The logits and then the tokens of each sequence in turn. */
  output(): Float32Array {
    const batch = this.#batch;
    const { logits, tokens } = this.#fresh();
    const steps = this.#steps;
    const out = new Float32Array(batch * steps * (this.#vocabulary + 1));
    for (let b = 0; b < batch; b++) {
      for (let step = 0; step < steps; step++) {
        const from = (step * batch + b) * this.#vocabulary;
        out.set(logits.subarray(from, from + this.#vocabulary), (b * steps + step) * this.#vocabulary);
        out[logits.length + b * steps + step] = tokens[this.#chosenAt(b) + step]!;
      }
    }
    return out;
  }

  /** Overwrites what {@link output} gives. */
  poison(value: number): void {
    const { logits, tokens } = this.#fresh();
    logits.fill(value);
    for (let b = 0; b < this.#batch; b++) tokens.fill(-1, this.#chosenAt(b), this.#chosenAt(b) + this.#steps);
  }

  dispose(): void {
    this.#pass.dispose();
    this.#generate.dispose();
    this.#region.close();
  }

  /** Where the memory has grown, views of what it was are empty. */
  #fresh(): Views {
    if (this.#views.plan.length === 0) Object.assign(this.#views, viewsOf(this.#placed));
    return this.#views;
  }

  /** Where the chosen tokens of a sequence begin. */
  #chosenAt(b: number): number {
    return b * (this.#placed.tokens.length / this.#batch) + this.#views.lengths[b]!;
  }
}

interface Placed {
  readonly longest: number;
  readonly plan: Tensor<'i32'>;
  readonly lengths: Tensor<'i32'>;
  readonly tokens: Tensor<'i32'>;
  readonly logits: Tensor<'f32'>;
}

interface Views {
  readonly plan: Int32Array;
  readonly lengths: Int32Array;
  readonly tokens: Int32Array;
  readonly logits: Float32Array;
}

const viewsOf = ({ plan, lengths, tokens, logits }: Placed): Views => ({
  plan: plan.view(),
  lengths: lengths.view(),
  tokens: tokens.view(),
  logits: logits.view(),
});

/** Lays out weights, cache and working space, and the plan that names them. */
function place(region: Region, { model, prompts }: Prompts, steps: number, threads: number): Placed {
  const { vocabulary, width, layers, heads } = model.config;
  const batch = prompts.length;
  const lengths = region.i32(prompts.map(({ length }) => length));
  const longest = Math.max(...lengths.view());
  const capacity = positionsOf(longest, steps);
  const put = (content: number | Float32Array) => region.f32(content).ptr;
  const matrix = ({ weight, rows, columns }: Omit<Linear, 'bias'>) => {
    const to = region.f32(rows * columns);
    transpose(weight, to.view(), rows, columns);
    return to.ptr;
  };
  const placedLayers = model.layers.map(
    ({ ln1, ln2, qkv, proj, fc, down }): LayerWords => ({
      ...{ ln1Weight: put(ln1.w), ln1Bias: put(ln1.b), ln2Weight: put(ln2.w), ln2Bias: put(ln2.b) },
      ...{ qkv: matrix(qkv), qkvBias: put(qkv.bias), proj: matrix(proj), projBias: put(proj.bias) },
      ...{ fc: matrix(fc), fcBias: put(fc.bias), down: matrix(down), downBias: put(down.bias) },
      ...{ keys: put(batch * capacity * width), values: put(batch * capacity * width) },
    }),
  );
  const tokens = region.i32(batch * (capacity + 1));
  for (const [b, prompt] of prompts.entries()) tokens.view().set(prompt, b * (capacity + 1));
  const logits = region.f32(steps * batch * vocabulary);
  const rowCount = Math.max(longest, batch);
  const rows = (columns: number) => put(rowCount * columns);
  const D = width / heads;
  const attend = { S: capacity, H: heads, G: heads, D };
  const own = attendBytes(attend, 1);
  const words = wordsOf(
    {
      ...{ layers, width, heads, vocabulary, batch, capacity, steps, step: 0 },
      ...{ lengths: lengths.ptr, tokens: tokens.ptr, logits: logits.ptr },
      ...{ gate: region.i32(GATE_WORDS).ptr, wte: put(model.wte), wpe: put(model.wpe) },
      ...{ lnfWeight: put(model.lnf.w), lnfBias: put(model.lnf.b) },
      head: matrix({ weight: model.head, rows: vocabulary, columns: width }),
      ...{ x: rows(width), normed: put(Math.max(rowCount, threads) * width), qkv: rows(3 * width) },
      ...{ q: rows(width), attended: rows(width), inner: rows(4 * width) },
      attendWork: region.u8(attendBytes(attend, threads)).ptr,
      ownAttendWork: region.u8(threads * own).ptr,
      ownAttendBytes: own,
      attentionWork: region.u8(threads * attentionBytes(longest, D)).ptr,
      productWork: region.u8(threads * GEMM_BYTES).ptr,
    },
    placedLayers,
  );
  return { longest, plan: region.i32(words), lengths, tokens, logits };
}

/** A generation in WebAssembly as a variant. */
export const wasmGeneration = async (
  input: Prompts,
  steps: number,
  host: Host,
  { threaded, run }: { threaded: boolean; run: (gpt2: Gpt2Wasm, steps: number) => void },
): Promise<Prepared> => {
  const gpt2 = await Gpt2Wasm.load(input, steps, host, threaded);
  return {
    run: () => run(gpt2, steps),
    read: () => gpt2.output(),
    poison: (value) => gpt2.poison(value),
    dispose: () => gpt2.dispose(),
  };
};

const wasm = (
  name: string,
  idea: string,
  threaded: boolean,
  run: (gpt2: Gpt2Wasm, steps: number) => void,
  ledger: readonly string[] = [],
) =>
  defineVariant<GenerateInput, GenerateShape>({
    name,
    backend: threaded ? 'wasm-threads' : 'wasm',
    idea,
    ledger,
    prepare: ({ model, prompt }, { tokens }, host) =>
      wasmGeneration({ model, prompts: [prompt] }, tokens, host, { threaded, run }),
  });

export const simd = wasm(
  'simd',
  'one WASM call a token, the prompt as one batch: weights transposed, keys, queries and values as one matrix, sums that begin with bias and residual',
  false,
  (gpt2, steps) => {
    for (let step = 0; step < steps; step++) gpt2.step(step);
  },
  ['S4-18', 'S4-26'],
);

export const simdLoop = wasm(
  'simd-loop',
  'the whole generation as one WASM call, which chooses the tokens too',
  false,
  (gpt2) => gpt2.generate(),
);

export const simdThreads = wasm(
  'simd-threads',
  'that one call on all threads, which share the columns of each product and meet five times a layer: slower than one thread where a token takes 30 µs, and worth it for long prompts and wider models',
  true,
  (gpt2) => gpt2.generate(),
);
