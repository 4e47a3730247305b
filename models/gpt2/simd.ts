/** A GPT-2 in WebAssembly: weights, cache and all tokens in the one memory; a step, or all of them, as one call. */
import { workBytes as attentionBytes } from '../../kernels/attention/simd.ts';
import { workBytes as attendBytes } from '../../kernels/attention-decode/simd.ts';
import { defineVariant, type Host, type Task } from '../../kernels/kernel.ts';
import type { Region, Tensor } from '../../kernels/lib/arena.ts';
import { compile, taskOf } from '../../kernels/lib/wasm.ts';
import { WORK_BYTES as GEMM_BYTES } from '../../kernels/matmul/simd.ts';
import { transpose } from '../lib/transpose.ts';
import { flat, type GenerateInput, type GenerateShape } from './input.ts';
import { type LayerWords, PLAN, wordsOf } from './plan.ts';
import type { Linear } from './weights.ts';
import { positionsOf } from './work.ts';

const MODULE = new URL('./simd.wasm', import.meta.url);
/** Of barrier.as.ts. */
const GATE_WORDS = 3;
const STEP = PLAN.indexOf('step');

/** A model that is loaded for a prompt of one length and so many tokens behind it. */
export class Gpt2Wasm {
  readonly #region: Region;
  readonly #placed: Placed;
  readonly #pass: Task;
  readonly #generate: Task;
  readonly #prompt: number;
  readonly #vocabulary: number;
  /** Kept: a view is 100 bytes that each step would allocate anew. */
  readonly #views: { plan: Int32Array; tokens: Int32Array; logits: Float32Array };

  private constructor(region: Region, placed: Placed, input: GenerateInput, pass: Task, generate: Task) {
    this.#region = region;
    this.#placed = placed;
    this.#pass = pass;
    this.#generate = generate;
    this.#prompt = input.prompt.length;
    this.#vocabulary = input.model.config.vocabulary;
    this.#views = viewsOf(placed);
  }

  /** @param threaded on all threads of the pool */
  static async load(input: GenerateInput, steps: number, host: Host, threaded: boolean): Promise<Gpt2Wasm> {
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

  /** Puts another prompt of the same length in place of the first: `ids` from `from` on. */
  prompt(ids: Int32Array, from: number): void {
    const tokens = this.#placed.tokens.view();
    for (let t = 0; t < this.#prompt; t++) tokens[t] = ids[from + t]!;
  }

  /** One step, the first being that of the prompt. The token that it chooses is where the next step reads it. */
  step(step: number): void {
    // Where the memory has grown, views of what it was are empty.
    if (this.#views.plan.length === 0) Object.assign(this.#views, viewsOf(this.#placed));
    const { plan, tokens, logits } = this.#views;
    plan[STEP] = step;
    this.#pass.run();
    const from = step * this.#vocabulary;
    let best = from;
    for (let i = from; i < from + this.#vocabulary; i++) if (logits[i]! > logits[best]!) best = i;
    tokens[this.#prompt + step] = best - from;
  }

  /** `[steps, vocabulary]`, a view. */
  logits(): Float32Array {
    return this.#placed.logits.view();
  }

  /** Those that were generated, a view. */
  tokens(): Int32Array {
    return this.#placed.tokens.view().subarray(this.#prompt);
  }

  dispose(): void {
    this.#pass.dispose();
    this.#generate.dispose();
    this.#region.close();
  }
}

interface Placed {
  readonly plan: Tensor<'i32'>;
  readonly tokens: Tensor<'i32'>;
  readonly logits: Tensor<'f32'>;
}

const viewsOf = ({ plan, tokens, logits }: Placed) => ({
  plan: plan.view(),
  tokens: tokens.view(),
  logits: logits.view(),
});

/** Lays out weights, cache and working space, and the plan that names them. */
function place(region: Region, { model, prompt }: GenerateInput, steps: number, threads: number): Placed {
  const { vocabulary, width, layers, heads } = model.config;
  const capacity = positionsOf(prompt.length, steps);
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
      ...{ keys: put(capacity * width), values: put(capacity * width) },
    }),
  );
  const tokens = region.i32(prompt.length + steps);
  tokens.view().set(prompt);
  const logits = region.f32(steps * vocabulary);
  const rows = (columns: number) => put(prompt.length * columns);
  const D = width / heads;
  const attend = { S: capacity, H: heads, G: heads, D };
  const words = wordsOf(
    {
      ...{ layers, width, heads, vocabulary, prompt: prompt.length, steps, step: 0 },
      ...{ tokens: tokens.ptr, logits: logits.ptr, gate: region.i32(GATE_WORDS).ptr },
      ...{ wte: put(model.wte), wpe: put(model.wpe), lnfWeight: put(model.lnf.w), lnfBias: put(model.lnf.b) },
      head: matrix({ weight: model.head, rows: vocabulary, columns: width }),
      ...{ x: rows(width), normed: put(Math.max(prompt.length, threads) * width), qkv: rows(3 * width) },
      ...{ q: rows(width), attended: rows(width), inner: rows(4 * width) },
      attendWork: region.u8(attendBytes(attend, threads)).ptr,
      attentionWork: region.u8(threads * attentionBytes(prompt.length, D)).ptr,
      productWork: region.u8(threads * GEMM_BYTES).ptr,
    },
    placedLayers,
  );
  return { plan: region.i32(words), tokens, logits };
}

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
    async prepare(input, { tokens }, host) {
      const gpt2 = await Gpt2Wasm.load(input, tokens, host, threaded);
      return {
        run: () => run(gpt2, tokens),
        read: () => flat(gpt2.logits(), gpt2.tokens()),
        poison(value) {
          gpt2.logits().fill(value);
          gpt2.tokens().fill(-1);
        },
        dispose: () => gpt2.dispose(),
      };
    },
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
  'that one call on all threads, which share the columns of each product and meet five times a layer: for models whose products take longer than meeting does',
  true,
  (gpt2) => gpt2.generate(),
);
