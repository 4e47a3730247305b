/** The sizes of a model of the GPT-2 architecture, as the workloads of the seed projects have them. */
export interface Gpt2Config {
  readonly vocabulary: number;
  /** Positions that have an embedding: no token can stand behind them. */
  readonly context: number;
  /** Elements of the residual stream. */
  readonly width: number;
  readonly layers: number;
  /** Divides `width`. */
  readonly heads: number;
}

/**
 * By the name that cases have them by. The hidden layer of every MLP has 4 · width elements. W-CPP is not here: its SwiGLU, RMSNorm and
 * turned positions are those of a Llama. What W-LCM takes as its vocabulary nobody says; 256 is that of its training example, as the
 * 136,832 parameters of that one tell.
 */
export const CONFIGS: Readonly<Record<string, Gpt2Config>> = {
  tiny: { vocabulary: 37, context: 24, width: 30, layers: 3, heads: 3 },
  'w-sm-std': { vocabulary: 256, context: 64, width: 128, layers: 2, heads: 4 },
  'w-sm-med': { vocabulary: 512, context: 128, width: 256, layers: 4, heads: 8 },
  'w-lcm': { vocabulary: 256, context: 128, width: 256, layers: 4, heads: 4 },
};

/** @throws Error with one line where there is no such model */
export function configOf(model: string): Gpt2Config {
  const config = CONFIGS[model];
  if (!config) throw new Error(`there is no model "${model}"; there are ${Object.keys(CONFIGS).join(', ')}`);
  return config;
}

/** The matrices of a layer with their biases: outputs and inputs in multiples of the width. */
export const MATRICES = { qkv: [3, 1], proj: [1, 1], fc: [4, 1], down: [1, 4] } as const;
export type MatrixName = keyof typeof MATRICES;

/** Every tensor with its dimensions, row-major, matrices as `[outputs, inputs]`. */
export function tensorsOf({ vocabulary, context, width, layers }: Gpt2Config) {
  const layer = (l: number): (readonly [name: string, dims: readonly number[]])[] => [
    [`h.${l}.ln1.weight`, [width]],
    [`h.${l}.ln1.bias`, [width]],
    [`h.${l}.ln2.weight`, [width]],
    [`h.${l}.ln2.bias`, [width]],
    ...Object.entries(MATRICES).flatMap(([name, [rows, columns]]) => [
      [`h.${l}.${name}.weight`, [rows * width, columns * width]] as const,
      [`h.${l}.${name}.bias`, [rows * width]] as const,
    ]),
  ];
  return [
    ['wte', [vocabulary, width]] as const,
    ['wpe', [context, width]] as const,
    ...Array.from({ length: layers }, (_, l) => layer(l)).flat(),
    ['lnf.weight', [width]] as const,
    ['lnf.bias', [width]] as const,
    ['head', [vocabulary, width]] as const,
  ];
}

export const elements = (dims: readonly number[]): number => dims.reduce((product, n) => product * n, 1);
