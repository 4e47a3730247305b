/** What the passes of a Llama dispatch. */
import { spread } from '../../../kernels/lib/gpu.ts';
import { formatOf, PRODUCT_SHADERS } from '../../../kernels/lib/qproduct.ts';
import {
  addedTo,
  attention,
  type Dispatch,
  type LayerDispatches,
  type Loops,
  logitsTo,
  type Part,
  type Passes,
  passesOf,
  product,
  waysOf,
} from '../../lib/gpu/dispatches.ts';
import type { LlamaConfig } from '../config.ts';
import type { LayerBuffers, Matrix, ModelBuffers } from './buffers.ts';
import type { Stack } from './plan.ts';

const own = (name: string) => new URL(`./${name}.wgsl`, import.meta.url);
const SWIGLU = [
  new URL('../../../kernels/swiglu/webgpu.wgsl', import.meta.url),
  new URL('../../../kernels/lib/numbers.wgsl', import.meta.url),
];

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
    waysOf(columns),
  );
  new Float32Array(words.buffer)[6] = epsilon;
  return words.buffer;
}

/** Threads of a workgroup of embed.wgsl, each for four elements. */
const EMBED = 64;

export function llamaPasses(config: LlamaConfig, model: ModelBuffers): Passes {
  const { width, heads } = config;
  const normed = (norm: GPUBuffer): Part => ({
    shader: [own('normed')],
    buffers: [model.x, norm],
  });
  const plain = (from: GPUBuffer): Part => ({ shader: [own('plain')], buffers: [from] });
  const gated: Part = { shader: [own('gated'), ...SWIGLU], buffers: [model.gated] };
  const cached = ({ keys, values }: LayerBuffers): Part => ({
    shader: [own('attend')],
    buffers: [model.angles, model.q, keys, values],
  });
  const rowsOf = (loops: Loops, matrix: Matrix, input: Part, output: Part, first = 0): Dispatch =>
    product({
      ...{ loops, input, output, batch: model.batch, rows: matrix.rows },
      ...{ columns: matrix.columns, matrix: matrix.buffer },
      shared: [own('sizes'), ...PRODUCT_SHADERS],
      constants: loops === 'one' ? { FORMAT: formatOf(matrix.type) } : {},
      sizes: sizesOf(config, matrix, first),
    });
  const layerOf = (layer: LayerBuffers): LayerDispatches => ({
    attend: (loops) =>
      layer.attend.map((stack) =>
        rowsOf(loops, stack, normed(layer.attentionNorm), cached(layer), stack.first),
      ),
    rest: (loops) => [
      attention(loops, heads, model, layer),
      rowsOf(loops, layer.output, plain(model.attended), addedTo(model.x)),
      rowsOf(loops, layer.gated, normed(layer.ffnNorm), gated),
      rowsOf(loops, layer.down, plain(model.gated), addedTo(model.x)),
    ],
  });
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
  const head = rowsOf('one', model.head, normed(model.outputNorm), logitsTo(model.logits));
  return passesOf(embed, model.layers.map(layerOf), head);
}
