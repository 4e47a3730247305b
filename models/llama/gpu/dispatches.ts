/** What the passes of a Llama dispatch: which shader, on which buffers, with which constants. */

import { TILE } from '../../../kernels/attention/webgpu.ts';
import { spread } from '../../../kernels/lib/gpu.ts';
import { formatOf, PRODUCT_SHADERS } from '../../../kernels/lib/qproduct.ts';
import type { LlamaConfig } from '../config.ts';
import type { LayerBuffers, Matrix, ModelBuffers } from './buffers.ts';
import type { Stack } from './plan.ts';

/** One dispatch of a pass. */
export interface Dispatch {
  /** Files that make the shader, joined. */
  readonly shader: readonly URL[];
  readonly constants: Readonly<Record<string, number>>;
  /** Storage buffers. */
  readonly buffers: readonly (readonly [binding: number, buffer: GPUBuffer])[];
  /** What sizes.wgsl declares, at {@link SIZES}. */
  readonly sizes?: ArrayBuffer;
  /** Workgroups in x and y for a pass of `count` tokens. */
  workgroups(count: number): readonly [number, number?];
}

const own = (name: string) => new URL(`./${name}.wgsl`, import.meta.url);
const ATTENTION = new URL('../../../kernels/attention/webgpu.wgsl', import.meta.url);
const ATTENTION_DECODE = new URL('../../../kernels/attention-decode/webgpu.wgsl', import.meta.url);
const SWIGLU = [
  new URL('../../../kernels/swiglu/webgpu.wgsl', import.meta.url),
  new URL('../../../kernels/lib/numbers.wgsl', import.meta.url),
];

/** What loads the input of a product (bindings 2 and 3), or takes its output (bindings from 4 on). */
interface Part {
  readonly shader: readonly URL[];
  readonly buffers: readonly GPUBuffer[];
}

/** Binding of a uniform buffer. */
export const SIZES = 8;

function sizesOf(config: LlamaConfig, { rows, columns, type }: Stack, first = 0): ArrayBuffer {
  const { heads, kvHeads, headSize, epsilon } = config;
  const words = Uint32Array.of(
    rows,
    columns,
    first,
    heads * headSize,
    kvHeads * headSize,
    headSize,
    0,
    formatOf(type),
  );
  new Float32Array(words.buffer)[6] = epsilon;
  return words.buffer;
}

/** Threads of a workgroup of embed.wgsl, each for four elements. */
const EMBED = 64;
/** Tokens and rows that a workgroup of many.wgsl does. */
const SIDE = 32;

/** Loops over one token, which read a matrix once; or over tiles of tokens. */
type Loops = 'one' | 'many';

export interface Passes {
  /** A pass of one token. */
  readonly one: readonly Dispatch[];
  /** A pass of several. */
  readonly many: readonly Dispatch[];
}

export function passesOf(config: LlamaConfig, model: ModelBuffers): Passes {
  const { width, heads } = config;
  const normed = (norm: GPUBuffer): Part => ({
    shader: [own('normed')],
    buffers: [model.x, norm],
  });
  const plain = (from: GPUBuffer): Part => ({ shader: [own('plain')], buffers: [from] });
  const added: Part = { shader: [own('add')], buffers: [model.x] };
  const gated: Part = { shader: [own('gated'), ...SWIGLU], buffers: [model.gated] };
  const logits: Part = { shader: [own('logits')], buffers: [model.logits] };
  const cached = ({ keys, values }: LayerBuffers): Part => ({
    shader: [own('attend')],
    buffers: [model.angles, model.q, keys, values],
  });
  const product = (loops: Loops, matrix: Matrix, input: Part, output: Part, first = 0): Dispatch => ({
    shader: [own(loops), own('sizes'), ...input.shader, ...output.shader, ...PRODUCT_SHADERS],
    constants: loops === 'one' ? { FORMAT: formatOf(matrix.type) } : {},
    sizes: sizesOf(config, matrix, first),
    buffers: [
      [0, model.batch],
      [1, matrix.buffer],
      ...input.buffers.map((buffer, i) => [2 + i, buffer] as const),
      ...output.buffers.map((buffer, i) => [4 + i, buffer] as const),
    ],
    workgroups:
      loops === 'one'
        ? () => spread(Math.ceil(matrix.rows / 2))
        : (count) => [Math.ceil(matrix.rows / SIDE), Math.ceil(count / SIDE)],
  });
  const attention = (loops: Loops, { keys, values }: LayerBuffers): Dispatch => ({
    shader: [loops === 'one' ? ATTENTION_DECODE : ATTENTION],
    constants: {},
    buffers: [model.q, keys, values, loops === 'one' ? model.seen : model.batch, model.attended].map(
      (buffer, i) => [i, buffer],
    ),
    workgroups: loops === 'one' ? () => [heads] : (count) => [Math.ceil(count / TILE), heads],
  });
  const attend = (loops: Loops, layer: LayerBuffers) =>
    layer.attend.map((stack) =>
      product(loops, stack, normed(layer.attentionNorm), cached(layer), stack.first),
    );
  const whole = (loops: Loops, layer: LayerBuffers) => [
    ...attend(loops, layer),
    attention(loops, layer),
    product(loops, layer.output, plain(model.attended), added),
    product(loops, layer.gated, normed(layer.ffnNorm), gated),
    product(loops, layer.down, plain(model.gated), added),
  ];
  const embed: Dispatch = {
    shader: [own('embed'), own('sizes'), ...PRODUCT_SHADERS],
    constants: { FORMAT: formatOf(model.embedding.type) },
    sizes: sizesOf(config, model.embedding),
    buffers: [
      [0, model.batch],
      [1, model.embedding.buffer],
      [2, model.x],
    ],
    workgroups: (count) => spread(Math.ceil((count * width) / 4 / EMBED)),
  };
  const head = product('one', model.head, normed(model.outputNorm), logits);
  const last = model.layers.at(-1)!;
  return {
    one: [embed, ...model.layers.flatMap((layer) => whole('one', layer)), head],
    many: [
      embed,
      ...model.layers.slice(0, -1).flatMap((layer) => whole('many', layer)),
      // Of the last layer the others' keys and values are needed, and all else of the last token alone.
      ...attend('many', last),
      ...whole('one', last),
      head,
    ],
  };
}
