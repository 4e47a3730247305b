import { GgufError } from '../gguf/format.ts';
import type { Gguf } from '../gguf/reader.ts';

/** The sizes of a model of the Llama architecture. */
export interface LlamaConfig {
  readonly layers: number;
  /** Elements of the residual stream. */
  readonly width: number;
  readonly ffn: number;
  readonly heads: number;
  /** Divides `heads`: each serves as many queries' heads. */
  readonly kvHeads: number;
  readonly headSize: number;
  readonly vocabulary: number;
  /** Most positions that it was made for. */
  readonly context: number;
  /** Of RMSNorm. */
  readonly epsilon: number;
  /** Pair i of a head turns by position · base^(−2i / headSize), pairs being neighbours. */
  readonly ropeBase: number;
}

/** Beyond these a header lies, and what it asks for cannot be allocated. */
const LIMITS = { layers: 1024, size: 1 << 20, vocabulary: 1 << 24 };

/**
 * Read from the metadata as llama.cpp's converter writes it (`llama.*`).
 * @throws GgufError for another architecture, a missing key, sizes that do not fit each other, or what this pipeline does not compute
 */
export function llamaConfig(gguf: Gguf): LlamaConfig {
  const architecture = gguf.string('general.architecture');
  const fail = (why: string): never => {
    throw new GgufError(gguf.name, why);
  };
  if (architecture !== 'llama')
    fail(`is of architecture "${architecture}"; the Llama pipeline runs "llama" only`);
  const size = (key: string, most: number) => {
    const n = gguf.number(`llama.${key}`);
    if (!Number.isInteger(n) || n < 1 || n > most) fail(`says llama.${key} = ${n}, not 1 to ${most}`);
    return n;
  };
  const or = (key: string, other: number) =>
    gguf.metadata.has(`llama.${key}`) ? gguf.number(`llama.${key}`) : other;
  const width = size('embedding_length', LIMITS.size);
  const heads = size('attention.head_count', LIMITS.size);
  const kvHeads = or('attention.head_count_kv', heads);
  if (width % heads !== 0 && !gguf.metadata.has('llama.attention.key_length'))
    fail(`has ${heads} heads, which do not divide its width of ${width}`);
  const headSize = or('attention.key_length', width / heads);
  if (kvHeads < 1 || heads % kvHeads !== 0)
    fail(`has ${kvHeads} KV heads, which do not divide its ${heads} heads`);
  if (headSize % 2 !== 0 || headSize < 2 || headSize > 256)
    fail(`has heads of ${headSize} elements; 2 to 256 and even are possible`);
  if (or('rope.dimension_count', headSize) !== headSize)
    fail(
      `turns ${or('rope.dimension_count', headSize)} of ${headSize} elements of a head; only whole heads are possible`,
    );
  if (or('attention.value_length', headSize) !== headSize) fail('has keys and values of different lengths');
  const scaling = gguf.metadata.get('llama.rope.scaling.type')?.value;
  if (scaling !== undefined && scaling !== 'none')
    fail(`scales its positions (${String(scaling)}), which is not computed here`);
  for (const tensor of ['rope_freqs.weight', 'blk.0.ffn_gate_inp.weight', 'blk.0.attn_q.bias'])
    if (gguf.tensors.has(tensor)) fail(`has a tensor ${tensor}, which this pipeline does not know`);
  const vocabulary = gguf.tensor('token_embd.weight').dims[0]!;
  if (vocabulary > LIMITS.vocabulary) fail(`has a vocabulary of ${vocabulary}`);
  const config = {
    layers: size('block_count', LIMITS.layers),
    width,
    ffn: size('feed_forward_length', LIMITS.size),
    heads,
    kvHeads,
    headSize,
    vocabulary,
    context: size('context_length', 1 << 30),
    epsilon: gguf.number('llama.attention.layer_norm_rms_epsilon'),
    ropeBase: or('rope.freq_base', 10_000),
  };
  for (const [name, dims] of tensorsOf(config)) {
    const info = gguf.tensors.get(name);
    if (!info) {
      if (name !== HEAD) fail(`has no tensor ${name}`);
    } else if (info.dims.join() !== dims.join())
      fail(`says ${name} is ${info.dims.join(' × ')}, where its sizes make it ${dims.join(' × ')}`);
  }
  return config;
}

/** The output matrix; models whose embedding is also that have none. */
export const HEAD = 'output.weight';

/** The seven matrices of a layer, as their tensors are named. */
export const MATRICES = [
  'attn_q',
  'attn_k',
  'attn_v',
  'attn_output',
  'ffn_gate',
  'ffn_up',
  'ffn_down',
] as const;
export type MatrixName = (typeof MATRICES)[number];

/** What the dimensions of tensors follow from. */
export type LlamaSizes = Pick<
  LlamaConfig,
  'layers' | 'width' | 'ffn' | 'heads' | 'kvHeads' | 'headSize' | 'vocabulary'
>;

/** Rows (outputs) and columns (inputs) of a layer's matrices. */
export function matrixShape(
  { width, ffn, heads, kvHeads, headSize }: LlamaSizes,
  name: MatrixName,
): readonly [rows: number, columns: number] {
  switch (name) {
    case 'attn_q':
      return [heads * headSize, width];
    case 'attn_k':
    case 'attn_v':
      return [kvHeads * headSize, width];
    case 'attn_output':
      return [width, heads * headSize];
    case 'ffn_gate':
    case 'ffn_up':
      return [ffn, width];
    case 'ffn_down':
      return [width, ffn];
  }
}

/** Every tensor with its dimensions, row-major, in the order of files. @param tied the embedding is also the output matrix */
export function tensorsOf(
  sizes: LlamaSizes,
  tied = false,
): (readonly [name: string, dims: readonly number[]])[] {
  const { width, vocabulary, layers } = sizes;
  const layer = (l: number) => {
    const matrices = MATRICES.map((name) => [`blk.${l}.${name}.weight`, matrixShape(sizes, name)] as const);
    const firstOfFfn = MATRICES.indexOf('ffn_gate');
    return [
      [`blk.${l}.attn_norm.weight`, [width]] as const,
      ...matrices.slice(0, firstOfFfn),
      [`blk.${l}.ffn_norm.weight`, [width]] as const,
      ...matrices.slice(firstOfFfn),
    ];
  };
  return [
    ['token_embd.weight', [vocabulary, width]],
    ...Array.from({ length: layers }, (_, l) => layer(l)).flat(),
    ['output_norm.weight', [width]],
    ...(tied ? [] : [[HEAD, [vocabulary, width]] as const]),
  ];
}
