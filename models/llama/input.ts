/** What the pipelines of a Llama are given: a model, and what they compute with it. */
import type { Case, Host } from '../../kernels/kernel.ts';
import { normals, type Rng } from '../../kernels/lib/rng.ts';
import type { LlamaConfig } from './config.ts';
import { fastProduct, type Product } from './product.ts';
import { type LlamaTensors, type LlamaWeights, tensorsIn } from './weights.ts';
import type { ModelSizes } from './work.ts';

/** A model, and its tensors as float32 for the reference, with what multiplies them. Of a class: see {@link LlamaWeights}. */
export class LlamaModel {
  readonly weights: LlamaWeights;
  readonly tensors: LlamaTensors & { readonly product: Product };

  private constructor(weights: LlamaWeights, tensors: LlamaModel['tensors']) {
    this.weights = weights;
    this.tensors = tensors;
  }

  static async of(weights: LlamaWeights, host: Host): Promise<LlamaModel> {
    return new LlamaModel(weights, { ...(await tensorsIn(weights)), product: await fastProduct(host) });
  }
}

/** What a case names a model by: a preset and the format of its matrices, or a file. */
export type ModelShape = { readonly model: string; readonly quant: string };

/** Where the models of cases come from. */
export interface Models {
  open(shape: ModelShape): Promise<LlamaWeights>;
  /** Known before a model is opened. @throws Error with one line where there is no such model */
  sizes(shape: ModelShape): ModelSizes;
}

/** The latest model that was opened: all inputs of a cell share it. */
export function modelsOf(open: Models['open']): (shape: ModelShape, host: Host) => Promise<LlamaModel> {
  let latest: { readonly name: string; readonly model: Promise<LlamaModel> } | undefined;
  return ({ model, quant }, host) => {
    const name = `${model} ${quant}`;
    if (latest?.name !== name)
      latest = { name, model: open({ model, quant }).then((weights) => LlamaModel.of(weights, host)) };
    return latest.model;
  };
}

export function randomTokens({ vocabulary }: LlamaConfig, count: number, rng: Rng): Int32Array {
  return Int32Array.from({ length: count }, () => rng.integer(vocabulary));
}

/**
 * A cache as it might be after `depth` tokens, for each layer keys and values `[depth, kvHeads · headSize]`: normals, which is what
 * products of normalised activations with random weights come to. Computing it would take as long as the prompt, for each check anew.
 */
export function randomCache({ layers, kvHeads, headSize }: LlamaConfig, depth: number, rng: Rng) {
  const size = depth * kvHeads * headSize;
  return Array.from({ length: layers }, () => ({
    keys: normals(rng, size, 0.5),
    values: normals(rng, size, 0.5),
  }));
}
export type FloatCache = ReturnType<typeof randomCache>;

/** Cases of `shapes` of one model. */
export function casesOf<S extends ModelShape>(shapes: readonly S[], from: string, slow = false): Case<S>[] {
  return shapes.map((shape) => ({ shape, from, ...(slow ? { slow } : {}) }));
}
