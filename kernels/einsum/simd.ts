import { defineVariant } from '../kernel.ts';
import type { Region } from '../lib/arena.ts';
import { type WasmCall, wasmVariant } from '../lib/wasm.ts';
import { WORK_BYTES } from '../matmul/simd.ts';
import type { EinsumInput, EinsumShape } from './index.ts';
import { loopsOf } from './naive.ts';
import { ordersOf, type Plan, parseSpec, planOf } from './plan.ts';
import { extentsOf, sizeOf, stridesOf } from './strides.ts';

/** The table that `permute` of the module reads, see there; address 0 where nothing is permuted. */
function orderTable(region: Region, from: string, to: string, shape: EinsumShape): number {
  if (from === to) return 0;
  const extent = extentsOf(shape);
  const bytes = stridesOf(from, to, extent).map((stride) => 4 * stride);
  return region.i32([to.length, ...[...to].map(extent), ...bytes, ...bytes.map(() => 0)]).ptr;
}

const MODULE = new URL('./simd.wasm', import.meta.url);

/** The call einsum(…) of the module. */
function product(shape: EinsumShape, plan: Plan): WasmCall<EinsumInput> {
  const spec = parseSpec(shape.spec);
  const orders = ordersOf(plan);
  return {
    url: MODULE,
    export: 'einsum',
    layout(region, { a, b }) {
      const out = region.f32(sizeOf(spec.out, shape));
      const sizes = [plan.batch, plan.rows, plan.columns, plan.depth].map((l) => sizeOf(l, shape));
      const args = [region.f32(a).ptr, region.f32(b).ptr, out.ptr, ...sizes];
      args.push(region.f32(a.length).ptr, orderTable(region, spec.a, orders.a, shape));
      args.push(region.f32(b.length).ptr, orderTable(region, spec.b, orders.b, shape));
      args.push(region.f32(out.length).ptr, orderTable(region, orders.out, spec.out, shape));
      return { args: [...args, region.u8(WORK_BYTES).ptr], out };
    },
  };
}

/** The call interpreted(…) of the module. */
function interpreter(shape: EinsumShape): WasmCall<EinsumInput> {
  const { extents, outer, a: aSteps, b: bSteps } = loopsOf(shape);
  const bytes = [...aSteps, ...bSteps].map((step) => 4 * step);
  return {
    url: MODULE,
    export: 'interpreted',
    layout(region, { a, b }) {
      const out = region.f32(sizeOf(parseSpec(shape.spec).out, shape));
      const loops = region.i32([extents.length, outer, ...extents, ...bytes, ...extents.map(() => 0)]);
      return { args: [region.f32(a).ptr, region.f32(b).ptr, out.ptr, loops.ptr, out.length], out };
    },
  };
}

export const simd = defineVariant<EinsumInput, EinsumShape>({
  name: 'simd',
  backend: 'wasm',
  idea: 'lowered to a batch of matrix products in SIMD; permutations copy runs of neighbours where the last letter stays last; what is no product is interpreted',
  prepare(input, shape, host) {
    const plan = planOf(parseSpec(shape.spec));
    return wasmVariant(host, plan ? product(shape, plan) : interpreter(shape), input);
  },
});
