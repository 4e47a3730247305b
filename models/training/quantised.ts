/** The model with its matrices rounded to fewer bits, as values: what is lost by the weights alone, products staying as they are. */

import { dequantReference } from '../../kernels/dequant/reference.ts';
import { QUANTS, type Quant, quantBytes } from '../../kernels/lib/quant.ts';
import { QUANTIZERS } from '../../kernels/lib/quantize.ts';
import { elements, isNorm, type ModelShape, type Weights, weightShapes } from './shape.ts';

/** `int8`: signed bytes with one step for a whole matrix, the largest magnitude / 127. */
export type Format = Quant | 'int8';

export const FORMATS: readonly Format[] = [...(Object.keys(QUANTS) as Quant[]), 'int8'];

/** Every matrix to `format` and back, the embedding too; norms stay as they are. */
export function quantised(shape: ModelShape, weights: Weights, format: Format): Weights {
  return new Map(
    weightShapes(shape).map((weight) => {
      const values = weights.get(weight.name)!;
      if (isNorm(weight)) return [weight.name, values];
      if (format === 'int8') return [weight.name, int8(values)];
      const blocks = new Uint8Array(quantBytes(format, values.length));
      QUANTIZERS[format](values, blocks);
      const { values: back } = dequantReference(
        { blocks },
        { R: weight.dims[0]!, C: weight.dims[1]!, quant: format },
      );
      return [weight.name, Float32Array.from(back)];
    }),
  );
}

function int8(values: Float32Array): Float32Array {
  const step = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0) / 127;
  return values.map((v) => (step === 0 ? 0 : Math.round(v / step) * step));
}

/** Bits that a weight of a matrix takes, scales included. */
export function bitsPerWeight(shape: ModelShape, format: Format): number {
  if (format !== 'int8') return (8 * QUANTS[format].bytes) / QUANTS[format].block;
  const matrices = weightShapes(shape).filter((weight) => !isNorm(weight));
  const weights = matrices.reduce((sum, weight) => sum + elements(weight), 0);
  return 8 + (32 * matrices.length) / weights;
}
