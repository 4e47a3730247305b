/** What of a Llama stands in which buffer of a WebGPU device, and whether the device can hold it. Needs no device. */
import { LONGEST } from '../../../kernels/attention/webgpu.ts';
import type { Quant } from '../../../kernels/lib/quant.ts';
import { type GgmlType, tensorBytes } from '../../gguf/types.ts';
import { beyond, type Limits } from '../../lib/gpu/limits.ts';
import { HEAD, type LlamaConfig, type MatrixName, matrixShape } from '../config.ts';

/** Rows that one buffer holds, and one dispatch multiplies: of one matrix, or of several with the same columns. */
export interface Stack {
  readonly tensors: readonly string[];
  /** The tensors' rows in turns, rather than one tensor after the other. */
  readonly inTurns: boolean;
  /** Of the device; that of the tensors, unless they are of several. */
  readonly type: Quant | 'f32';
  readonly rows: number;
  readonly columns: number;
}

export interface LayerStacks {
  /** Queries, keys and values in this order; each stack begins at row `first` of all three. */
  readonly attend: readonly (Stack & { readonly first: number })[];
  readonly output: Stack;
  readonly gated: Stack;
  readonly down: Stack;
}

/** The types of all tensors by their names. */
export type Types = ReadonlyMap<string, GgmlType>;

export const stackBytes = ({ type, rows, columns }: Stack) => tensorBytes(type, [rows, columns]);

/** The embedding, or the output matrix: the same where a file has but one. */
export function vocabularyStack({ vocabulary, width }: LlamaConfig, types: Types, name: string): Stack {
  const type = types.get(name) as Stack['type'];
  return { tensors: [name], inTurns: false, type, rows: vocabulary, columns: width };
}

export function layerStacks(config: LlamaConfig, types: Types, layer: number): LayerStacks {
  const tensor = (name: MatrixName) => `blk.${layer}.${name}.weight`;
  const stack = (names: readonly MatrixName[], inTurns = false): Stack => {
    const formats = new Set(names.map((name) => types.get(tensor(name))));
    const shapes = names.map((name) => matrixShape(config, name));
    return {
      tensors: names.map(tensor),
      inTurns,
      // Two formats in one shader would be two shaders for each pair of formats; no writer of files is known to mix these.
      type: formats.size === 1 ? ([...formats][0] as Stack['type']) : 'f32',
      rows: shapes.reduce((sum, [rows]) => sum + rows, 0),
      columns: shapes[0]![1],
    };
  };
  const attend: (Stack & { first: number })[] = [];
  let first = 0;
  for (const names of runs(['attn_q', 'attn_k', 'attn_v'] as const, (name) => types.get(tensor(name)))) {
    const next = stack(names);
    attend.push({ ...next, first });
    first += next.rows;
  }
  return {
    attend,
    output: stack(['attn_output']),
    gated: stack(['ffn_gate', 'ffn_up'], true),
    down: stack(['ffn_down']),
  };
}

/** Cut where `keyOf` changes: files of mixed formats keep the values' matrix in more bits. */
function runs<T>(all: readonly T[], keyOf: (each: T) => unknown): T[][] {
  const cut: T[][] = [];
  for (const each of all) {
    const last = cut.at(-1);
    if (last && keyOf(last[0]!) === keyOf(each)) last.push(each);
    else cut.push([each]);
  }
  return cut;
}

/** Columns that a shader takes at a time. */
const COLUMNS = 32;

/** What a model must be, and an adapter have. */
export interface Demand {
  readonly config: LlamaConfig;
  readonly types: Types;
  /** Positions that the cache has room for. */
  readonly capacity: number;
  /** Most tokens of one pass. */
  readonly batch: number;
}

/** Why this device cannot run this model, in one line; or undefined. */
export function unfit({ config, types, capacity, batch }: Demand, limits: Limits): string | undefined {
  const { layers, width, ffn, heads, kvHeads, headSize } = config;
  for (const columns of [width, ffn, heads * headSize])
    if (columns % COLUMNS !== 0) return `its rows of ${columns} weights are no multiple of ${COLUMNS}`;
  if (batch > 1 && headSize > LONGEST)
    return `a head of ${headSize} elements is longer than the ${LONGEST} of the shader`;
  const sizes: [what: string, bytes: number][] = [
    ['the keys of a layer', 4 * capacity * kvHeads * headSize],
    ['the activations', 4 * batch * Math.max(width, ffn, heads * headSize)],
    ...['token_embd.weight', HEAD]
      .filter((name) => types.has(name))
      .map((name): [string, number] => [name, stackBytes(vocabularyStack(config, types, name))]),
  ];
  for (let l = 0; l < layers; l++) {
    const { attend, output, gated, down } = layerStacks(config, types, l);
    for (const stack of [...attend, output, gated, down])
      sizes.push([stack.tensors.join(' and '), stackBytes(stack)]);
  }
  return beyond(sizes, limits);
}
