import type { ScopeHook } from '../../kernels/kernel.ts';
import { normals, rng } from '../../kernels/lib/rng.ts';
import { PassTrace } from '../lib/trace.ts';
import { configOf, elements, type Gpt2Config, MATRICES, type MatrixName, tensorsOf } from './config.ts';

/** A product and what is added to it: `[rows, columns]` row-major, and `[rows]`. */
export interface Linear {
  readonly rows: number;
  readonly columns: number;
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** Gain and offset of a LayerNorm, `[width]` each. */
export interface Norm {
  readonly w: Float32Array;
  readonly b: Float32Array;
}

export type Layer = Readonly<Record<MatrixName, Linear>> & { readonly ln1: Norm; readonly ln2: Norm };

/** A GPT-2 in float32. Of a class, so that nobody who guards or copies an input does so with a model. */
export class Gpt2Model {
  readonly config: Gpt2Config;
  /** Embedding of a token, `[vocabulary, width]`, and of a position, `[context, width]`. */
  readonly wte: Float32Array;
  readonly wpe: Float32Array;
  readonly layers: readonly Layer[];
  readonly lnf: Norm;
  /** `[vocabulary, width]`, no bias, and not the embedding. */
  readonly head: Float32Array;
  /** Told of the steps of each pass. */
  readonly trace: PassTrace | undefined = undefined;

  constructor(config: Gpt2Config, tensor: (name: string) => Float32Array) {
    const { width } = config;
    const norm = (name: string) => ({ w: tensor(`${name}.weight`), b: tensor(`${name}.bias`) });
    const linear = (l: number, name: MatrixName): Linear => ({
      rows: MATRICES[name][0] * width,
      columns: MATRICES[name][1] * width,
      weight: tensor(`h.${l}.${name}.weight`),
      bias: tensor(`h.${l}.${name}.bias`),
    });
    this.config = config;
    this.wte = tensor('wte');
    this.wpe = tensor('wpe');
    this.layers = Array.from({ length: config.layers }, (_, l) => ({
      ...{ ln1: norm(`h.${l}.ln1`), ln2: norm(`h.${l}.ln2`) },
      ...{ qkv: linear(l, 'qkv'), proj: linear(l, 'proj') },
      ...{ fc: linear(l, 'fc'), down: linear(l, 'down') },
    }));
    this.lnf = norm('lnf');
    this.head = tensor('head');
  }

  /** The same model, whose passes tell their steps; itself, where there is nobody to tell. */
  tracedBy(scopes: ScopeHook | undefined): Gpt2Model {
    if (!scopes) return this;
    return Object.assign(Object.create(this), { trace: new PassTrace(scopes, this.config.layers) });
  }
}

/**
 * Seeded random weights. Larger than those that training begins with (0.02), so that each part counts in the logits: products of
 * normalised rows come out with a deviation of 1, scores of attention too, and positions weigh as much as tokens.
 */
function randomGpt2(model: string): Gpt2Model {
  const config = configOf(model);
  const random = rng(`gpt2 ${model}`);
  const tensors = new Map(tensorsOf(config).map(([name, dims]) => [name, randomTensor(name, dims)]));
  function randomTensor(name: string, dims: readonly number[]): Float32Array {
    const own = random.fork(name);
    if (name === 'wte' || name === 'wpe') return normals(own, elements(dims));
    if (dims.length === 2) return normals(own, elements(dims), 1 / Math.sqrt(dims[1]!));
    const around = normals(own, elements(dims), 0.1);
    return name.includes('ln') && name.endsWith('.weight') ? around.map((v) => 1 + v) : around;
  }
  return new Gpt2Model(config, (name) => tensors.get(name)!);
}

const models = new Map<string, Gpt2Model>();

/** The model of that name, made once: all inputs of a case share it. @throws Error with one line where there is none */
export function gpt2Of(name: string): Gpt2Model {
  const model = models.get(name) ?? randomGpt2(name);
  models.set(name, model);
  return model;
}
