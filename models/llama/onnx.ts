/**
 * One step of a Llama as an ONNX graph, of the operators that published exports for ONNX Runtime are made of: GroupQueryAttention with
 * its turning of queries and keys, and products either in float32, of weights that were dequantised once, or by MatMulNBits over
 * the blocks of q8_0 and q4_0 as they are. The cache comes in with each run, and goes out one position longer.
 */

import { decodeHalf } from '../../kernels/lib/f16.ts';
import { BLOCK, QUANTS } from '../../kernels/lib/quant.ts';
import type { ModelNode, ModelWeights } from '../../kernels/peers/onnx.ts';
import type { OrtCall } from '../../kernels/peers/ort.ts';
import { ropeAngle } from '../../kernels/rope/tables.ts';
import { type LlamaConfig, type MATRICES, matrixShape } from './config.ts';
import type { DecodeInput } from './decode.ts';
import type { LlamaWeights, StoredTensor } from './weights.ts';

const MICROSOFT = 'com.microsoft';
/** Of MatMulNBits: activations may be rounded to 8 bits, as exports for processors ask. */
const INT8_ACTIVATIONS = 4;

/**
 * @param depth positions that the cache holds before the token
 * @param asBlocks products over blocks, where the format of the weights has an operator for them
 */
export async function stepGraph(
  { model, token, cache }: DecodeInput,
  depth: number,
  asBlocks: boolean,
): Promise<OrtCall> {
  const { config } = model.weights;
  const graph = new Graph(model.weights, asBlocks);
  const { vocabulary, width, kvHeads, headSize } = config;
  const embedding = await graph.floats('token_embd.weight', [vocabulary, width]);
  for (const [name, of] of [
    ['cos', Math.cos],
    ['sin', Math.sin],
  ] as const)
    graph.constant(name, [depth + 1, headSize / 2], table(config, depth + 1, of));
  graph.constant('seen', [1], Int32Array.of(depth));
  graph.constant('total', [], Int32Array.of(depth + 1));

  let x = graph.node({ op: 'Gather', inputs: [embedding, 'token'] });
  for (let l = 0; l < config.layers; l++) {
    const layer = `blk.${l}`;
    const product = (name: (typeof MATRICES)[number], of: string) =>
      graph.product(`${layer}.${name}.weight`, matrixShape(config, name), of);
    const normed = await graph.norm(x, `${layer}.attn_norm.weight`);
    const q = await product('attn_q', normed);
    const k = await product('attn_k', normed);
    const v = await product('attn_v', normed);
    const attended = graph.attention(l, [q, k, v]);
    x = graph.sum(x, await product('attn_output', attended));
    const inner = await graph.norm(x, `${layer}.ffn_norm.weight`);
    const gate = await product('ffn_gate', inner);
    const silu = graph.node({ op: 'QuickGelu', domain: MICROSOFT, inputs: [gate], floats: { alpha: 1 } });
    const gated = graph.node({ op: 'Mul', inputs: [silu, await product('ffn_up', inner)] });
    x = graph.sum(x, await product('ffn_down', gated));
  }
  const last = await graph.norm(x, 'output_norm.weight');
  const logits = await graph.product(model.weights.head, [vocabulary, width], last);
  graph.node({ op: 'Identity', inputs: [logits] }, 'out');

  const dims = (positions: number) => [1, kvHeads, positions, headSize];
  const each = cache.flatMap(({ keys, values }, l) => [
    { name: `past.${l}.key`, data: byHeads(keys, config, depth) },
    { name: `past.${l}.value`, data: byHeads(values, config, depth) },
  ]);
  return {
    inputs: [
      { name: 'token', dims: [1, 1], type: 'int64' },
      ...each.map(({ name }) => ({ name, dims: dims(depth) })),
    ],
    weights: graph.weights,
    nodes: graph.nodes,
    dims: [1, 1, vocabulary],
    furtherOutputs: each.map(({ name }) => ({
      name: name.replace('past', 'present'),
      dims: dims(depth + 1),
    })),
    feeds: [BigInt64Array.of(BigInt(token[0]!)), ...each.map(({ data }) => data)],
  };
}

/** Nodes and constants as they are added; values have numbers for names. */
class Graph {
  readonly nodes: ModelNode[] = [];
  readonly weights: ModelWeights[] = [];
  readonly #from: LlamaWeights;
  readonly #asBlocks: boolean;

  constructor(from: LlamaWeights, asBlocks: boolean) {
    this.#from = from;
    this.#asBlocks = asBlocks;
  }

  constant(name: string, dims: readonly number[], data: ModelWeights['data']): string {
    this.weights.push({ name, dims, data });
    return name;
  }

  /** A tensor of the model; once, where the embedding is also the head. */
  async floats(name: string, dims: readonly number[]): Promise<string> {
    if (this.weights.some((each) => each.name === name)) return name;
    return this.constant(name, dims, await this.#from.floats(name));
  }

  /** @returns the name of its output */
  node(node: Omit<ModelNode, 'output'>, output = String(this.nodes.length)): string {
    this.nodes.push({ ...node, output });
    return output;
  }

  sum(a: string, b: string): string {
    return this.node({ op: 'Add', inputs: [a, b] });
  }

  async norm(x: string, weight: string): Promise<string> {
    return this.node({
      op: 'SimplifiedLayerNormalization',
      inputs: [x, await this.floats(weight, [this.#from.config.width])],
      ints: { axis: -1, stash_type: 1 },
      floats: { epsilon: this.#from.config.epsilon },
    });
  }

  /** `x` times the transposed matrix of that name. */
  async product(name: string, [rows, columns]: readonly [number, number], x: string): Promise<string> {
    const type = this.#from.typeOf(name);
    if (!this.#asBlocks || (type !== 'q8_0' && type !== 'q4_0'))
      return this.node({
        op: 'FusedMatMul',
        domain: MICROSOFT,
        inputs: [x, await this.floats(name, [rows, columns])],
        ints: { transB: 1 },
      });
    const stored = await this.#from.read(name);
    const { scales, blocks, bits } = type === 'q8_0' ? bytesOf(stored) : nibblesOf(stored);
    const dims = [rows, columns / BLOCK, (BLOCK * bits) / 8];
    return this.node({
      op: 'MatMulNBits',
      domain: MICROSOFT,
      inputs: [
        x,
        this.constant(`${name}.blocks`, dims, blocks),
        this.constant(`${name}.scales`, [scales.length], scales),
      ],
      ints: { K: columns, N: rows, bits, block_size: BLOCK, accuracy_level: INT8_ACTIVATIONS },
    });
  }

  attention(l: number, [q, k, v]: readonly [string, string, string]): string {
    const { heads, kvHeads, headSize } = this.#from.config;
    const out = String(this.nodes.length);
    this.nodes.push({
      op: 'GroupQueryAttention',
      domain: MICROSOFT,
      inputs: [q, k, v, `past.${l}.key`, `past.${l}.value`, 'seen', 'total', 'cos', 'sin'],
      output: [out, `present.${l}.key`, `present.${l}.value`],
      ints: { num_heads: heads, kv_num_heads: kvHeads, do_rotary: 1, rotary_interleaved: 1 },
      floats: { scale: 1 / Math.sqrt(headSize) },
    });
    return out;
  }
}

/** Blocks of q8_0: MatMulNBits has its bytes unsigned, 128 standing for 0. */
function bytesOf({ bytes }: StoredTensor) {
  const size = QUANTS.q8_0.bytes;
  const count = bytes.length / size;
  const blocks = new Uint8Array(count * BLOCK);
  for (let b = 0; b < count; b++)
    for (let i = 0; i < BLOCK; i++) blocks[b * BLOCK + i] = bytes[b * size + 2 + i]! ^ 0x80;
  return { scales: scalesOf(bytes, size), blocks, bits: 8 };
}

/** Blocks of q4_0: MatMulNBits has neighbours in the nibbles of a byte; 8 stands for 0 in both. */
function nibblesOf({ bytes }: StoredTensor) {
  const size = QUANTS.q4_0.bytes;
  const count = bytes.length / size;
  const half = BLOCK / 2;
  const blocks = new Uint8Array(count * half);
  const nibble = (b: number, i: number) => (bytes[b * size + 2 + (i % half)]! >> (i < half ? 0 : 4)) & 15;
  for (let b = 0; b < count; b++)
    for (let i = 0; i < half; i++) blocks[b * half + i] = nibble(b, 2 * i) | (nibble(b, 2 * i + 1) << 4);
  return { scales: scalesOf(bytes, size), blocks, bits: 4 };
}

function scalesOf(bytes: Uint8Array, size: number): Float32Array {
  return Float32Array.from({ length: bytes.length / size }, (_, b) =>
    decodeHalf(bytes[b * size]! | (bytes[b * size + 1]! << 8)),
  );
}

/** `[positions, kvHeads · headSize]` to `[kvHeads, positions, headSize]`. */
function byHeads(x: Float32Array, { kvHeads, headSize }: LlamaConfig, positions: number): Float32Array {
  const out = new Float32Array(x.length);
  for (let p = 0; p < positions; p++)
    for (let h = 0; h < kvHeads; h++) {
      const from = (p * kvHeads + h) * headSize;
      out.set(x.subarray(from, from + headSize), (h * positions + p) * headSize);
    }
  return out;
}

/** Of the angles of every position and pair. */
function table({ headSize, ropeBase }: LlamaConfig, positions: number, of: (angle: number) => number) {
  const pairs = headSize / 2;
  return Float32Array.from({ length: positions * pairs }, (_, i) =>
    of(ropeAngle(Math.floor(i / pairs), i % pairs, headSize, ropeBase)),
  );
}
