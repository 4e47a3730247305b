/** What the passes of a GPT-2 dispatch. */
import { EPSILON } from '../../../kernels/layernorm/constants.ts';
import { spread } from '../../../kernels/lib/gpu.ts';
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
import type { Gpt2Config } from '../config.ts';
import type { LayerBuffers, Matrix, ModelBuffers } from './buffers.ts';
import type { PaddedSizes } from './padding.ts';

const own = (name: string) => new URL(`./${name}.wgsl`, import.meta.url);
const GELU = [
  new URL('../../../kernels/gelu/webgpu.wgsl', import.meta.url),
  new URL('../../../kernels/lib/numbers.wgsl', import.meta.url),
];

/** Threads of a workgroup of embed.wgsl, each for four elements. */
const EMBED = 64;

export function gpt2Passes(config: Gpt2Config, sizes: PaddedSizes, model: ModelBuffers): Passes {
  const { heads, queries } = sizes;
  const sizesOf = (rows: number, columns: number) => {
    const words = Uint32Array.of(rows, columns, queries, config.width, 0, waysOf(columns));
    new Float32Array(words.buffer)[4] = EPSILON;
    return words.buffer;
  };
  const rowsOf = (loops: Loops, { rows, columns, weights }: Matrix, input: Part, output: Part): Dispatch =>
    product({
      ...{ loops, rows, columns, input, output, batch: model.batch, matrix: weights },
      ...{ shared: [own('sizes')], sizes: sizesOf(rows, columns) },
    });
  const normed = ({ more }: Matrix): Part => ({ shader: [own('centred')], buffers: [model.x, more] });
  const biased = (from: GPUBuffer, { more }: Matrix): Part => ({
    shader: [own('biased')],
    buffers: [from, more],
  });
  const cached = ({ keys, values }: LayerBuffers): Part => ({
    shader: [own('attend')],
    buffers: [model.q, keys, values],
  });
  const active: Part = { shader: [own('active'), ...GELU], buffers: [model.inner] };
  const layerOf = (layer: LayerBuffers): LayerDispatches => ({
    attend: (loops) => [rowsOf(loops, layer.qkv, normed(layer.qkv), cached(layer))],
    rest: (loops) => [
      attention(loops, heads, model, layer),
      rowsOf(loops, layer.proj, biased(model.attended, layer.proj), addedTo(model.x)),
      rowsOf(loops, layer.fc, normed(layer.fc), active),
      rowsOf(loops, layer.down, biased(model.inner, layer.down), addedTo(model.x)),
    ],
  });
  const embed: Dispatch = {
    shader: [own('embed'), own('sizes')],
    constants: {},
    sizes: sizesOf(config.vocabulary, sizes.width),
    buffers: [
      [0, model.batch],
      [1, model.wte],
      [2, model.wpe],
      [3, model.x],
    ],
    workgroups: (count) => spread(Math.ceil((count * sizes.width) / 4 / EMBED)),
  };
  const head = rowsOf('one', model.head, normed(model.head), logitsTo(model.logits));
  return passesOf(embed, model.layers.map(layerOf), head);
}
