/** What the passes of a transformer dispatch on a WebGPU device: which shader, on which buffers, with which constants. */
import { TILE } from '../../../kernels/attention/webgpu.ts';
import type { Host } from '../../../kernels/kernel.ts';
import { type GpuBuffers, pipelineFor, shaderOf, spread } from '../../../kernels/lib/gpu.ts';
import { checked } from '../../../kernels/lib/gpu-device.ts';

/** One dispatch of a pass. */
export interface Dispatch {
  /** Files that make the shader, joined. */
  readonly shader: readonly URL[];
  readonly constants: Readonly<Record<string, number>>;
  /** Storage buffers. */
  readonly buffers: readonly (readonly [binding: number, buffer: GPUBuffer])[];
  /** What the model's sizes.wgsl declares, at {@link SIZES}. */
  readonly sizes?: ArrayBuffer;
  /** Workgroups in x and y for a pass of `count` tokens. */
  workgroups(count: number): readonly [number, number?];
}

/** Binding of a uniform buffer. */
export const SIZES = 8;
/** Storage buffers of one dispatch: the most that any binds, and what every adapter has. */
export const MOST_BUFFERS = 8;

/** Loops over one token, which read a matrix once; or over tiles of tokens. */
export type Loops = 'one' | 'many';

/** Tokens and rows that a workgroup of many.wgsl does. */
const SIDE = 32;
/** Threads of a workgroup of one.wgsl, and vectors of two rows that each is to have at least. */
const THREADS = 64;
const LEAST_VECTORS = 2;

/** How many threads share two rows of so many columns in one.wgsl: all of a workgroup, where the rows are long enough. */
export function waysOf(columns: number): number {
  let ways = THREADS;
  while (ways > 1 && ways * LEAST_VECTORS * 4 > columns) ways /= 2;
  return ways;
}

const own = (name: string) => new URL(`./${name}.wgsl`, import.meta.url);

/** What loads the input of a product (bindings 2 and 3), or takes its output (bindings from 4 on). */
export interface Part {
  readonly shader: readonly URL[];
  readonly buffers: readonly GPUBuffer[];
}

/** The product is added to the residual stream. */
export const addedTo = (x: GPUBuffer): Part => ({ shader: [own('add')], buffers: [x] });
/** The product is the logits of the last token. */
export const logitsTo = (logits: GPUBuffer): Part => ({ shader: [own('logits')], buffers: [logits] });

export interface Product {
  readonly loops: Loops;
  /** Of the matrix: rows are of an even number, where there are many tokens. */
  readonly rows: number;
  readonly columns: number;
  /**
   * Declares `sizes`, of which the loops read `rows`, `columns`, a multiple of 32, and `ways` ({@link waysOf}); `batch` at binding 0; the matrix at binding 1, and of it
   * `weights(block, part)`, four of the columns of a block of 32, for one token, and `anyWeights` likewise for many.
   */
  readonly shared: readonly URL[];
  readonly constants?: Dispatch['constants'];
  readonly sizes: ArrayBuffer;
  /** Words T and S, and what else its shaders want. */
  readonly batch: GPUBuffer;
  readonly matrix: GPUBuffer;
  /**
   * Declares `load(slot, t, k)`, the vector k of four columns of the input of token t, which is the slot-th whose product is wanted;
   * `weighted(v, k)`, what of it is multiplied; `moments(v)`, two numbers that are summed over all its vectors; and
   * `finished(n, pair, moments)`, what rows n and n + 1 come to by them.
   */
  readonly input: Part;
  /** Declares `put(slot, t, n, pair)`. */
  readonly output: Part;
}

export function product(spec: Product): Dispatch {
  const { loops, rows, columns, shared, constants = {}, sizes, batch, matrix, input, output } = spec;
  return {
    shader: [own(loops), ...input.shader, ...output.shader, ...shared],
    ...{ constants, sizes },
    buffers: [
      [0, batch],
      [1, matrix],
      ...input.buffers.map((buffer, i) => [2 + i, buffer] as const),
      ...output.buffers.map((buffer, i) => [4 + i, buffer] as const),
    ],
    workgroups:
      loops === 'one'
        ? () => spread(Math.ceil((Math.ceil(rows / 2) * waysOf(columns)) / THREADS))
        : (count) => [Math.ceil(rows / SIDE), Math.ceil(count / SIDE)],
  };
}

const ATTENTION = new URL('../../../kernels/attention/webgpu.wgsl', import.meta.url);
const ATTENTION_DECODE = new URL('../../../kernels/attention-decode/webgpu.wgsl', import.meta.url);

/** What attention reads and writes. */
export interface AttentionBuffers {
  /** Words T, S, H, G, D. */
  readonly batch: GPUBuffer;
  /** Words S, H, G, D. */
  readonly seen: GPUBuffer;
  readonly q: GPUBuffer;
  readonly attended: GPUBuffer;
}

/** The keys and values of a layer. */
export interface CacheBuffers {
  /** `[capacity, G · D]`; and values likewise. */
  readonly keys: GPUBuffer;
  readonly values: GPUBuffer;
}

export function attention(
  loops: Loops,
  heads: number,
  { batch, seen, q, attended }: AttentionBuffers,
  { keys, values }: CacheBuffers,
): Dispatch {
  const isOne = loops === 'one';
  return {
    shader: [isOne ? ATTENTION_DECODE : ATTENTION],
    constants: {},
    buffers: [q, keys, values, isOne ? seen : batch, attended].map((buffer, i) => [i, buffer]),
    workgroups: isOne ? () => [heads] : (count) => [Math.ceil(count / TILE), heads],
  };
}

export interface Passes<D = Dispatch> {
  /** A pass of one token. */
  readonly one: readonly D[];
  /** A pass of several. */
  readonly many: readonly D[];
}

/** A layer in two parts. */
export interface LayerDispatches {
  /** Queries, and keys and values, which go to the cache. */
  attend(loops: Loops): readonly Dispatch[];
  /** From attention on. */
  rest(loops: Loops): readonly Dispatch[];
}

/** @param head logits of the last token, by the loops over one */
export function passesOf(embed: Dispatch, layers: readonly LayerDispatches[], head: Dispatch): Passes {
  const whole = (loops: Loops, layer: LayerDispatches) => [...layer.attend(loops), ...layer.rest(loops)];
  const last = layers.at(-1)!;
  return {
    one: [embed, ...layers.flatMap((layer) => whole('one', layer)), head],
    many: [
      embed,
      ...layers.slice(0, -1).flatMap((layer) => whole('many', layer)),
      // Of the last layer the others' keys and values are needed, and all else of the last token alone.
      ...last.attend('many'),
      ...whole('one', last),
      head,
    ],
  };
}

/** A dispatch that can be encoded. */
export interface Ready {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly workgroups: Dispatch['workgroups'];
}

/** A shader is compiled once for its constants; the rest of a dispatch is which buffers it binds. @throws Error in one line */
export async function makeReady(
  host: Host,
  buffers: GpuBuffers,
  dispatches: readonly Dispatch[],
): Promise<Ready[]> {
  const { device } = buffers;
  const pipelines: GPUComputePipeline[] = [];
  // One after the other: scopes of errors belong to the device, not to who opened them.
  for (const { shader, constants } of dispatches)
    pipelines.push(await pipelineFor(device, await shaderOf(host, shader), constants));
  return checked(device, () =>
    dispatches.map(({ buffers: bound, sizes, workgroups }, i) => {
      const pipeline = pipelines[i]!;
      const all = sizes ? [...bound, [SIZES, buffers.uniform(sizes)] as const] : bound;
      const entries = all.map(([binding, buffer]) => ({ binding, resource: { buffer } }));
      const bindGroup = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
      return { pipeline, bindGroup, workgroups };
    }),
  );
}

/** @param count of tokens */
export function encode(pass: GPUComputePassEncoder, dispatches: readonly Ready[], count: number): void {
  for (const { pipeline, bindGroup, workgroups } of dispatches) {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(...workgroups(count));
  }
}
