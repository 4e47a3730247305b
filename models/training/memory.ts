/** Where everything of a training lies in the WASM memory. Numbers without a unit are byte addresses; `R` is windows × T tokens. */
import { workBytes } from '../../kernels/attention/simd.ts';
import type { Arena, Region, Tensor } from '../../kernels/lib/arena.ts';
import { WORK_BYTES } from '../../kernels/matmul/simd.ts';
import { interleavedTable } from '../../kernels/rope/simd.ts';
import { ropeTable } from '../../kernels/rope/tables.ts';
import type { Modules } from './modules.ts';
import { elements, isNorm, type ModelShape, weightShapes } from './shape.ts';

/** A matrix `[rows, columns]`, or a norm, which has one row. */
export interface Weight {
  readonly ptr: number;
  /** Its gradient. */
  readonly g: number;
  readonly rows: number;
  readonly columns: number;
  /** The matrix with rows for columns; 0 for a norm. */
  readonly turned: number;
}

/** `n` weights with their moments: θ, m and v one behind the other, as the kernel `adamw` wants them. */
export interface Group {
  readonly states: Tensor;
  /** Where their gradients begin, as an element of all gradients. */
  readonly from: number;
  readonly n: number;
  /** Norms are not drawn to 0. */
  readonly decays: boolean;
}

/** What a layer leaves for the way back, each `[R, …]`. */
export type Kept = Readonly<Record<(typeof KEPT)[number], number>>;
const KEPT = ['x', 'normed', 'q', 'k', 'v', 'attended', 'middle', 'normed2', 'gate', 'up', 'active'] as const;

export interface Memory {
  readonly shape: ModelShape;
  readonly modules: Modules;
  readonly windows: number;
  /** Tokens of a window. */
  readonly T: number;
  /** By the names of shape.ts. */
  readonly weights: ReadonlyMap<string, Weight>;
  /** Matrices, then norms. */
  readonly groups: readonly [matrices: Group, norms: Group];
  /** Of all weights, in the order of the groups. */
  readonly gradient: Tensor;
  /** Token ids, `[windows, T]`; targets the same. */
  readonly inputs: Tensor<'i32'>;
  readonly targets: Tensor<'i32'>;
  readonly kept: readonly Kept[];
  /** Behind the last layer. */
  readonly last: { readonly x: number; readonly normed: number };
  /** `[R, vocabulary]`. */
  readonly logits: Tensor;
  /** R losses, then the gradient with respect to the logits. */
  readonly losses: Tensor;
  readonly temporary: ReturnType<typeof temporaries>;
  /** Of RoPE's angles and of their opposites. */
  readonly angles: { readonly there: number; readonly back: number };
}

export function layOut(
  arena: Arena,
  modules: Modules,
  shape: ModelShape,
  windows: number,
  T: number,
): Memory {
  const region = arena.open();
  const { d, kvHeads, heads, ffn, vocabulary } = shape;
  const R = windows * T;
  const D = d / heads;
  const kv = D * kvHeads;
  const widths: Kept = {
    ...{ x: d, normed: d, q: d, k: kv, v: kv, attended: d },
    ...{ middle: d, normed2: d, gate: ffn, up: ffn, active: ffn },
  };
  const kept = (): Kept =>
    Object.fromEntries(KEPT.map((name) => [name, region.f32(R * widths[name]).ptr])) as Kept;
  const table = (back: boolean): number => region.f32(interleavedTable(ropeTable(T, D, 0, back), T, D)).ptr;
  return {
    shape,
    modules,
    windows,
    T,
    ...layOutWeights(region, shape),
    inputs: region.i32(R),
    targets: region.i32(R),
    kept: Array.from({ length: shape.layers }, kept),
    last: { x: region.f32(R * d).ptr, normed: region.f32(R * d).ptr },
    logits: region.f32(R * vocabulary),
    losses: region.f32(R + R * vocabulary),
    temporary: temporaries(region, shape, R, T),
    angles: { there: table(false), back: table(true) },
  };
}

function layOutWeights(region: Region, shape: ModelShape): Pick<Memory, 'weights' | 'groups' | 'gradient'> {
  const all = weightShapes(shape);
  const weights = new Map<string, Weight>();
  const gradient = region.f32(all.reduce((sum, weight) => sum + elements(weight), 0));
  gradient.view().fill(0);
  let from = 0;
  const group = (norms: boolean): Group => {
    const members = all.filter((weight) => isNorm(weight) === norms);
    const n = members.reduce((sum, weight) => sum + elements(weight), 0);
    const states = region.f32(3 * n);
    states.view().fill(0);
    let at = 0;
    for (const weight of members) {
      weights.set(weight.name, {
        ptr: states.ptr + 4 * at,
        g: gradient.ptr + 4 * (from + at),
        rows: norms ? 1 : weight.dims[0]!,
        columns: weight.dims.at(-1)!,
        turned: norms ? 0 : region.f32(elements(weight)).ptr,
      });
      at += elements(weight);
    }
    from += n;
    return { states, from: from - n, n, decays: !norms };
  };
  return { weights, groups: [group(false), group(true)], gradient };
}

function temporaries(
  region: Region,
  { d, kvHeads, heads, ffn, vocabulary }: ModelShape,
  R: number,
  T: number,
) {
  const D = d / heads;
  const floats = (n: number): number => region.f32(n).ptr;
  return {
    /** The gradient on its way down the residual stream. */
    dx: floats(R * d),
    wide: floats(R * d),
    wide2: floats(R * d),
    dk: floats(R * D * kvHeads),
    dv: floats(R * D * kvHeads),
    hidden: floats(R * ffn),
    hidden2: floats(R * ffn),
    /** A gradient with rows for columns. */
    turned: floats(R * Math.max(ffn, d, vocabulary)),
    /** q, k, v, the result's gradient, dq, dk and dv of one window, each `[heads, T, D]`. */
    heads: floats(7 * T * d),
    row: floats(2 * T),
    packed: region.u8(WORK_BYTES).ptr,
    attention: region.u8(workBytes(T, D)).ptr,
    /** The sum of squares of the gradient, a float64. */
    squares: region.u8(8).ptr,
  };
}
