import { defineVariant, type Prepared } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import { matmulTiled } from '../matmul/blocked.ts';
import type { EinsumInput, EinsumShape } from './index.ts';
import { einsumInterpreted, loopsOf } from './naive.ts';
import { ordersOf, type Plan, parseSpec, planOf } from './plan.ts';
import { extentsOf, sizeOf, stridesOf } from './strides.ts';

/** A copy of a row-major tensor in another order of its letters. */
interface Permutation {
  readonly extents: readonly number[];
  /** Elements by which a step along each letter of the new order moves in the source. */
  readonly steps: readonly number[];
  readonly position: Int32Array;
}

function permutation(from: string, to: string, shape: EinsumShape): Permutation {
  const extent = extentsOf(shape);
  const steps = stridesOf(from, to, extent);
  return { extents: [...to].map(extent), steps, position: new Int32Array(to.length) };
}

/** `out` in the new order; the innermost letter in a loop of its own. */
export function permute(x: Float32Array, out: Float32Array, by: Permutation): void {
  const { extents, steps, position } = by;
  const last = extents.length - 1;
  const n = extents[last] ?? 1;
  const step = steps[last] ?? 0;
  let p = 0;
  for (let i = 0; i < out.length; ) {
    for (let j = 0, q = p; j < n; j++, q += step) out[i++] = x[q]!;
    for (let loop = last - 1; loop >= 0; loop--) {
      p += steps[loop]!;
      if (++position[loop]! < extents[loop]!) break;
      p -= steps[loop]! * extents[loop]!;
      position[loop] = 0;
    }
  }
}

/** Permutes what does not lie as a batched product wants it, multiplies, and permutes the result. */
function prepareLowered(a: Float32Array, b: Float32Array, shape: EinsumShape, plan: Plan): Prepared {
  const spec = parseSpec(shape.spec);
  const orders = ordersOf(plan);
  const [B, M, N, K] = [plan.batch, plan.rows, plan.columns, plan.depth].map((l) => sizeOf(l, shape)) as [
    number,
    number,
    number,
    number,
  ];
  const other = (from: string, to: string) => (from === to ? undefined : permutation(from, to, shape));
  const [ofA, ofB, ofOut] = [other(spec.a, orders.a), other(spec.b, orders.b), other(orders.out, spec.out)];
  const pa = ofA ? new Float32Array(a.length) : a;
  const pb = ofB ? new Float32Array(b.length) : b;
  const pc = new Float32Array(ofOut ? B * M * N : 0);
  const slice = (x: Float32Array, i: number, size: number) => x.subarray(i * size, (i + 1) * size);
  const as = Array.from({ length: B }, (_, i) => slice(pa, i, M * K));
  const bs = Array.from({ length: B }, (_, i) => slice(pb, i, K * N));
  let cs: Float32Array[] | undefined;
  return jsVariant(B * M * N, (out) => {
    cs ??= as.map((_, i) => slice(ofOut ? pc : out, i, M * N));
    if (ofA) permute(a, pa, ofA);
    if (ofB) permute(b, pb, ofB);
    for (let i = 0; i < B; i++) matmulTiled(as[i]!, bs[i]!, cs[i]!, N, K, 0, M);
    if (ofOut) permute(pc, out, ofOut);
  });
}

function prepareInterpreted(a: Float32Array, b: Float32Array, shape: EinsumShape): Prepared {
  const loops = loopsOf(shape);
  const position = new Int32Array(loops.extents.length);
  return jsVariant(sizeOf(parseSpec(shape.spec).out, shape), (out) =>
    einsumInterpreted(a, b, out, loops, position),
  );
}

export const lowered = defineVariant<EinsumInput, EinsumShape>({
  name: 'lowered',
  backend: 'js',
  idea: 'operands permuted so that the contraction is a batch of matrix products, in tiles of 4 × 4 sums; what is none is interpreted',
  prepare({ a, b }, shape) {
    const plan = planOf(parseSpec(shape.spec));
    return plan ? prepareLowered(a, b, shape, plan) : prepareInterpreted(a, b, shape);
  },
});

export const unbatched = defineVariant<EinsumInput, EinsumShape>({
  name: 'lowered-unbatched',
  backend: 'js',
  exhibit: true,
  idea: "a planner that knows single products only, as NumPy's optimize=True: projections become fast, and the batches of attention stay with the interpreter",
  ledger: ['S0-3'],
  prepare({ a, b }, shape) {
    const plan = planOf(parseSpec(shape.spec));
    return plan && plan.batch === '' ? prepareLowered(a, b, shape, plan) : prepareInterpreted(a, b, shape);
  },
});
