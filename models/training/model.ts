/**
 * A Llama model in WASM memory, forward and backward: batches of `B` windows of `T` tokens, products through the zoo's matrix kernel, all
 * else through its other kernels. Architecture as in llama.cpp's `llama`: RMSNorm, RoPE on pairs of neighbours, grouped keys and
 * values, SwiGLU, tied output matrix, no biases.
 */
import { workBytes } from '../../kernels/attention/simd.ts';
import { Arena, type Tensor } from '../../kernels/lib/arena.ts';
import { WORK_BYTES } from '../../kernels/matmul/simd.ts';
import { interleavedTable } from '../../kernels/rope/simd.ts';
import { ropeTable } from '../../kernels/rope/tables.ts';
import { loadModules, type Modules } from './modules.ts';
import { EPSILON, elements, isNorm, type ModelShape, type Weights, weightShapes } from './shape.ts';

/** A weight in memory, as byte addresses. */
interface Weight {
  readonly name: string;
  readonly ptr: number;
  /** Its gradient. */
  readonly g: number;
  readonly rows: number;
  readonly columns: number;
  /** The matrix with rows for columns; 0 for a norm. */
  readonly turned: number;
}

/** `n` weights with their moments: θ, m and v one behind the other, as `adamw` wants them. */
export interface Group {
  readonly states: Tensor;
  /** Where their gradients begin, as an element of all gradients. */
  readonly from: number;
  readonly n: number;
  /** Norms are not drawn to 0. */
  readonly decays: boolean;
}

/** What a layer leaves for the way back; addresses of `[B T, …]`. */
interface Kept {
  readonly x: number;
  readonly normed: number;
  readonly q: number;
  readonly k: number;
  readonly v: number;
  readonly attended: number;
  readonly middle: number;
  readonly normed2: number;
  readonly gate: number;
  readonly up: number;
  readonly active: number;
}

export class Model {
  readonly shape: ModelShape;
  readonly windows: number;
  /** Tokens of a window. */
  readonly T: number;
  /** Matrices, then norms. */
  readonly groups: readonly Group[];
  /** Of all weights, in the order of the groups. */
  readonly gradient: Tensor;
  /** Token ids, `[B, T]`; targets the same. The caller fills them before each call. */
  readonly inputs: Tensor<'i32'>;
  readonly targets: Tensor<'i32'>;
  readonly modules: Modules;
  /** Address of 16 bytes for whoever calls the modules. */
  readonly scratch: number;
  readonly #weights: ReadonlyMap<string, Weight>;
  readonly #kept: readonly Kept[];
  readonly #last: { readonly x: number; readonly normed: number };
  readonly #logits: Tensor;
  /** Losses of all tokens, then the gradient with respect to the logits. */
  readonly #losses: Tensor;
  readonly #temporary: Readonly<Record<(typeof TEMPORARIES)[number], number>>;
  readonly #table: { readonly there: number; readonly back: number };

  private constructor(arena: Arena, modules: Modules, shape: ModelShape, windows: number, T: number) {
    const region = arena.open();
    const { d, kvHeads, heads, ffn, vocabulary } = shape;
    const R = windows * T;
    const D = d / heads;
    const kv = D * kvHeads;
    const floats = (n: number): number => region.f32(n).ptr;
    this.shape = shape;
    this.windows = windows;
    this.T = T;
    this.modules = modules;
    this.inputs = region.i32(R);
    this.targets = region.i32(R);
    this.scratch = region.u8(16).ptr;

    const all = weightShapes(shape);
    const weights = new Map<string, Weight>();
    this.gradient = region.f32(all.reduce((sum, weight) => sum + elements(weight), 0));
    this.gradient.view().fill(0);
    let from = 0;
    this.groups = [false, true].map((norms) => {
      const members = all.filter((weight) => isNorm(weight) === norms);
      const n = members.reduce((sum, weight) => sum + elements(weight), 0);
      const states = region.f32(3 * n);
      states.view().fill(0);
      let at = 0;
      for (const weight of members) {
        const columns = weight.dims.at(-1)!;
        weights.set(weight.name, {
          name: weight.name,
          ptr: states.ptr + 4 * at,
          g: this.gradient.ptr + 4 * (from + at),
          rows: norms ? 1 : weight.dims[0]!,
          columns,
          turned: norms ? 0 : floats(elements(weight)),
        });
        at += elements(weight);
      }
      from += n;
      return { states, from: from - n, n, decays: !norms };
    });
    this.#weights = weights;

    this.#kept = Array.from({ length: shape.layers }, () => ({
      x: floats(R * d),
      normed: floats(R * d),
      q: floats(R * d),
      k: floats(R * kv),
      v: floats(R * kv),
      attended: floats(R * d),
      middle: floats(R * d),
      normed2: floats(R * d),
      gate: floats(R * ffn),
      up: floats(R * ffn),
      active: floats(R * ffn),
    }));
    this.#last = { x: floats(R * d), normed: floats(R * d) };
    this.#logits = region.f32(R * vocabulary);
    this.#losses = region.f32(R + R * vocabulary);
    this.#temporary = {
      dx: floats(R * d),
      wide: floats(R * d),
      wide2: floats(R * d),
      dk: floats(R * kv),
      dv: floats(R * kv),
      hidden: floats(R * ffn),
      hidden2: floats(R * ffn),
      turned: floats(R * Math.max(ffn, d, vocabulary)),
      heads: floats(7 * T * d),
      row: floats(2 * T),
      packed: region.u8(WORK_BYTES).ptr,
      attention: region.u8(workBytes(T, D)).ptr,
    };
    const table = (back: boolean): number => region.f32(interleavedTable(ropeTable(T, D, 0, back), T, D)).ptr;
    this.#table = { there: table(false), back: table(true) };
  }

  /** A model of zeros, for batches of `windows` × `T` tokens. */
  static async create(shape: ModelShape, windows: number, T = shape.context): Promise<Model> {
    const arena = new Arena(false);
    return new Model(arena, await loadModules(arena.memory), shape, windows, T);
  }

  /** Copies of all weights. */
  weights(): Weights {
    return this.#copies(({ states }) => states.view());
  }

  /** Copies of the gradients of all weights, of the latest {@link backward}. */
  gradients(): Weights {
    return this.#copies(({ from, n }) => this.gradient.view().subarray(from, from + n));
  }

  /** Takes these values. @throws Error where one is missing or has another length */
  setWeights(values: Weights): void {
    for (const weight of weightShapes(this.shape)) {
      const value = values.get(weight.name);
      if (value?.length !== elements(weight))
        throw new Error(`${weight.name}: ${value?.length ?? 'no'} values, not ${elements(weight)}`);
      const { states } = this.groups[isNorm(weight) ? 1 : 0]!;
      states.view().set(value, (this.#weight(weight.name).ptr - states.ptr) / 4);
    }
  }

  /** Logits of the latest {@link forward}, `[B, T, vocabulary]`: a view that the next call overwrites. */
  logits(): Float32Array {
    return this.#logits.view();
  }

  /** Logits for `inputs`. */
  forward(): void {
    const { products, rmsnorm, rope, attention, swiglu } = this.modules;
    const { d, heads, kvHeads, ffn, vocabulary } = this.shape;
    const { T } = this;
    const R = this.windows * T;
    const D = d / heads;
    const tmp = this.#temporary;
    for (const { ptr, turned, rows, columns } of this.#weights.values())
      if (turned !== 0) products.transpose!(ptr, turned, rows, columns);

    const first = this.#kept[0]?.x ?? this.#last.x;
    products.lookUp!(this.inputs.ptr, this.#weight('token_embd.weight').ptr, first, R, d);
    for (const [i, kept] of this.#kept.entries()) {
      const weight = (name: string): Weight => this.#weight(`blk.${i}.${name}.weight`);
      rmsnorm.rmsnorm!(kept.x, weight('attn_norm').ptr, kept.normed, R, d, EPSILON, 0, 1);
      this.#apply(weight('attn_q'), kept.normed, kept.q);
      this.#apply(weight('attn_k'), kept.normed, kept.k);
      this.#apply(weight('attn_v'), kept.normed, kept.v);
      for (let b = 0; b < this.windows; b++) {
        const at = 4 * b * T * d;
        const kvAt = 4 * b * T * D * kvHeads;
        const [q, k] = [kept.q + at, kept.k + kvAt];
        rope.ropeInterleaved!(q, this.#table.there, q, T, heads, D, 0, 1);
        rope.ropeInterleaved!(k, this.#table.there, k, T, kvHeads, D, 0, 1);
        const out = kept.attended + at;
        attention.attention!(q, k, kept.v + kvAt, out, T, T, heads, kvHeads, D, tmp.attention, 0, 1);
      }
      this.#apply(weight('attn_output'), kept.attended, tmp.wide);
      products.add!(kept.x, tmp.wide, kept.middle, R * d);
      rmsnorm.rmsnorm!(kept.middle, weight('ffn_norm').ptr, kept.normed2, R, d, EPSILON, 0, 1);
      this.#apply(weight('ffn_gate'), kept.normed2, kept.gate);
      this.#apply(weight('ffn_up'), kept.normed2, kept.up);
      swiglu.swiglu!(kept.gate, kept.up, kept.active, R * ffn, 0, 1);
      this.#apply(weight('ffn_down'), kept.active, tmp.wide);
      products.add!(kept.middle, tmp.wide, this.#kept[i + 1]?.x ?? this.#last.x, R * d);
    }
    const { x, normed } = this.#last;
    rmsnorm.rmsnorm!(x, this.#weight('output_norm.weight').ptr, normed, R, d, EPSILON, 0, 1);
    const { turned } = this.#weight('token_embd.weight');
    products.product!(normed, turned, this.#logits.ptr, R, vocabulary, d, 0, tmp.packed);
  }

  /** The mean loss of `targets` in nats, after {@link forward}. */
  loss(): number {
    const R = this.windows * this.T;
    const { vocabulary } = this.shape;
    this.modules['cross-entropy'].crossEntropy!(
      this.#logits.ptr,
      this.targets.ptr,
      this.#losses.ptr,
      R,
      vocabulary,
      0,
      1,
    );
    let sum = 0;
    for (const loss of this.#losses.view().subarray(0, R)) sum += loss;
    return sum / R;
  }

  /** The gradients of the mean loss, after {@link loss}. */
  backward(): void {
    const { products, swiglu } = this.modules;
    const { d, ffn, vocabulary } = this.shape;
    const R = this.windows * this.T;
    const tmp = this.#temporary;
    const embedding = this.#weight('token_embd.weight');
    const dLogits = this.#losses.ptr + 4 * R;
    products.product!(dLogits, embedding.ptr, tmp.wide, R, d, vocabulary, 0, tmp.packed);
    this.#normBack(this.#weight('output_norm.weight'), this.#last.x, tmp.wide, tmp.dx);
    for (let i = this.shape.layers - 1; i >= 0; i--) {
      const kept = this.#kept[i]!;
      const weight = (name: string): Weight => this.#weight(`blk.${i}.${name}.weight`);
      this.#back(weight('ffn_down'), kept.active, tmp.dx, tmp.hidden, false);
      // silu(gate) · d is what `up` gets, up · silu′(gate) · d what `gate` gets.
      swiglu.swiglu!(kept.gate, tmp.hidden, tmp.hidden2, R * ffn, 0, 1);
      this.#back(weight('ffn_up'), kept.normed2, tmp.hidden2, tmp.wide, false);
      products.multiply!(kept.up, tmp.hidden, tmp.hidden, R * ffn);
      this.modules['silu-backward'].siluBackward!(kept.gate, tmp.hidden, tmp.hidden, R * ffn, 0, 1);
      this.#back(weight('ffn_gate'), kept.normed2, tmp.hidden, tmp.wide, true);
      this.#normBack(weight('ffn_norm'), kept.middle, tmp.wide, tmp.wide2);
      products.add!(tmp.dx, tmp.wide2, tmp.dx, R * d);

      this.#back(weight('attn_output'), kept.attended, tmp.dx, tmp.wide, false);
      this.#attentionBack(kept, tmp.wide, tmp.wide2);
      this.#back(weight('attn_q'), kept.normed, tmp.wide2, tmp.wide, false);
      this.#back(weight('attn_k'), kept.normed, tmp.dk, tmp.wide, true);
      this.#back(weight('attn_v'), kept.normed, tmp.dv, tmp.wide, true);
      this.#normBack(weight('attn_norm'), kept.x, tmp.wide, tmp.wide2);
      products.add!(tmp.dx, tmp.wide2, tmp.dx, R * d);
    }
    const embed = this.modules['embedding-backward'].embeddingBackward!;
    embed(this.inputs.ptr, tmp.dx, embedding.g, R, vocabulary, d, 0, 1);
    products.transpose!(dLogits, tmp.turned, R, vocabulary);
    products.product!(tmp.turned, this.#last.normed, embedding.g, vocabulary, d, R, 1, tmp.packed);
  }

  /** out = x · wᵀ for all tokens. */
  #apply({ turned, rows, columns }: Weight, x: number, out: number): void {
    const R = this.windows * this.T;
    this.modules.products.product!(x, turned, out, R, rows, columns, 0, this.#temporary.packed);
  }

  /** From the gradient `dy` of y = x · wᵀ: w's is dyᵀ · x, and x's is dy · w, which goes to `dx` or is added there. */
  #back({ ptr, g, rows, columns }: Weight, x: number, dy: number, dx: number, add: boolean): void {
    const { products } = this.modules;
    const R = this.windows * this.T;
    const { turned, packed } = this.#temporary;
    products.product!(dy, ptr, dx, R, columns, rows, add ? 1 : 0, packed);
    products.transpose!(dy, turned, R, rows);
    products.product!(turned, x, g, rows, columns, R, 0, packed);
  }

  #normBack({ ptr, g }: Weight, x: number, dy: number, dx: number): void {
    // `g` takes the place of the one thread's partial sum.
    const R = this.windows * this.T;
    this.modules['rmsnorm-backward'].rows!(x, ptr, dy, dx, g, R, this.shape.d, EPSILON, 0, 1);
  }

  /** From the gradient `dy` of attention's result to those of queries (to `dq`), keys and values before they were turned. */
  #attentionBack({ q, k, v }: Kept, dy: number, dq: number): void {
    const { products, rope } = this.modules;
    const { d, heads, kvHeads } = this.shape;
    const { T } = this;
    const D = d / heads;
    const { heads: space, row, dk, dv } = this.#temporary;
    const part = (n: number): number => space + 4 * n * T * d;
    for (let b = 0; b < this.windows; b++) {
      const at = 4 * b * T * d;
      const kvAt = 4 * b * T * D * kvHeads;
      products.splitHeads!(q + at, part(0), T, heads, heads, D);
      products.splitHeads!(k + kvAt, part(1), T, heads, kvHeads, D);
      products.splitHeads!(v + kvAt, part(2), T, heads, kvHeads, D);
      products.splitHeads!(dy + at, part(3), T, heads, heads, D);
      const back = this.modules['attention-backward'].attentionBackward!;
      back(part(0), part(1), part(2), part(3), part(4), row, heads, T, D, 0, 1);
      products.joinHeads!(part(4), dq + at, T, heads, heads, D);
      products.joinHeads!(part(5), dk + kvAt, T, heads, kvHeads, D);
      products.joinHeads!(part(6), dv + kvAt, T, heads, kvHeads, D);
      rope.ropeInterleaved!(dq + at, this.#table.back, dq + at, T, heads, D, 0, 1);
      rope.ropeInterleaved!(dk + kvAt, this.#table.back, dk + kvAt, T, kvHeads, D, 0, 1);
    }
  }

  #weight(name: string): Weight {
    return this.#weights.get(name)!;
  }

  #copies(of: (group: Group) => Float32Array): Weights {
    return new Map(
      weightShapes(this.shape).map((weight) => {
        const group = this.groups[isNorm(weight) ? 1 : 0]!;
        const from = (this.#weight(weight.name).ptr - group.states.ptr) / 4;
        return [weight.name, of(group).slice(from, from + elements(weight))];
      }),
    );
  }
}

const TEMPORARIES = [
  'dx',
  'wide',
  'wide2',
  'dk',
  'dv',
  'hidden',
  'hidden2',
  'turned',
  'heads',
  'row',
  'packed',
  'attention',
] as const;
