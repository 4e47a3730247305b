/** A GPT-2's weights, its cache and its working space in the buffers of a WebGPU device. */
import type { GpuBuffers } from '../../../kernels/lib/gpu.ts';
import type { AttentionBuffers, CacheBuffers } from '../../lib/gpu/dispatches.ts';
import { type PassBuffers, passBuffers } from '../../lib/gpu/model.ts';
import type { Gpt2Model, Linear, Norm } from '../weights.ts';
import {
  headsOf,
  type Lines,
  linesOf,
  type PaddedSizes,
  type Placing,
  paddedRows,
  queryFactor,
  sumsAndBiases,
} from './padding.ts';

/** A matrix, and what is added to its products. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly weights: GPUBuffer;
  /** The bias; with the sums of weights where LayerNorm is in front. */
  readonly more: GPUBuffer;
}

export interface LayerBuffers extends CacheBuffers {
  /** Queries, keys and values. */
  readonly qkv: Matrix;
  readonly proj: Matrix;
  readonly fc: Matrix;
  readonly down: Matrix;
}

export interface ModelBuffers extends PassBuffers, AttentionBuffers {
  readonly wte: GPUBuffer;
  readonly wpe: GPUBuffer;
  readonly head: Matrix;
  readonly layers: readonly LayerBuffers[];
  /** The residual stream, and what products leave to others: a row for each token of a pass. */
  readonly x: GPUBuffer;
  readonly inner: GPUBuffer;
}

/** To be called within `checked`: a device has no memory for what is too large. */
export function placeGpt2(
  model: Gpt2Model,
  sizes: PaddedSizes,
  buffers: GpuBuffers,
  capacity: number,
  batch: number,
): ModelBuffers {
  const { config } = model;
  const { vocabulary } = config;
  const { width, inner, queries } = sizes;
  const place = (lines: Lines, more: Float32Array): Matrix => ({
    ...{ rows: lines.rows, columns: lines.columns },
    ...{ weights: buffers.upload(lines.weights), more: buffers.upload(more) },
  });
  const normed = (linear: Linear, norm: Norm, to: Placing) => {
    const lines = linesOf(linear, to, norm);
    return place(lines, sumsAndBiases(lines));
  };
  const plain = (linear: Linear, to: Placing) => {
    const lines = linesOf(linear, to);
    return place(lines, lines.bias);
  };
  const headOf = headsOf(config, sizes);
  const factor = queryFactor(config, sizes);
  const attend: Placing = {
    ...{ rows: 3 * queries, columns: width, rowOf: headOf },
    factorOf: (row) => (row < config.width ? factor : 1),
  };
  const cache = () => buffers.empty(4 * capacity * queries);
  const rows = (columns: number) => buffers.empty(4 * batch * columns);
  const none = new Float32Array(vocabulary);
  return {
    wte: buffers.upload(paddedRows(model.wte, config.width, width)),
    wpe: buffers.upload(paddedRows(model.wpe, config.width, width)),
    head: normed({ rows: vocabulary, columns: config.width, weight: model.head, bias: none }, model.lnf, {
      rows: vocabulary,
      columns: width,
    }),
    layers: model.layers.map(({ ln1, ln2, qkv, proj, fc, down }) => ({
      qkv: normed(qkv, ln1, attend),
      proj: plain(proj, { rows: width, columns: queries, columnOf: headOf }),
      fc: normed(fc, ln2, { rows: inner, columns: width }),
      down: plain(down, { rows: width, columns: inner }),
      ...{ keys: cache(), values: cache() },
    })),
    ...passBuffers(buffers, vocabulary, batch),
    ...{ x: rows(width), q: rows(queries), attended: rows(queries), inner: rows(inner) },
  };
}
