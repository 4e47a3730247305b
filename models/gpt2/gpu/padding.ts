/** A GPT-2 whose rows of weights are multiples of what shaders take at a time: with zeros, which change no sum. Needs no device. */
import type { Gpt2Config } from '../config.ts';
import type { Linear, Norm } from '../weights.ts';

/** Columns that a shader takes at a time. */
const COLUMNS = 32;

const padded = (columns: number) => Math.ceil(columns / COLUMNS) * COLUMNS;

/** Sizes on the device. */
export interface PaddedSizes {
  readonly width: number;
  /** Of the MLP. */
  readonly inner: number;
  readonly heads: number;
  readonly headSize: number;
  /** All heads: rows of the queries, and of keys and values. */
  readonly queries: number;
}

export function paddedSizes({ width, heads }: Gpt2Config): PaddedSizes {
  let headSize = width / heads;
  while ((heads * headSize) % COLUMNS !== 0) headSize++;
  return { width: padded(width), inner: padded(4 * width), heads, headSize, queries: heads * headSize };
}

/** Rows of weights as the device has them. */
export interface Lines {
  readonly rows: number;
  readonly columns: number;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

/** Where rows and columns of a matrix go, and what a row is multiplied by. */
export interface Placing {
  readonly rows: number;
  readonly columns: number;
  readonly rowOf?: (row: number) => number;
  readonly columnOf?: (column: number) => number;
  readonly factorOf?: (row: number) => number;
}

const itself = (n: number) => n;

/** With the gain and the offset of the norm in front of it, if one is given, as part of its weights and its bias. */
export function linesOf({ rows, columns, weight, bias }: Linear, to: Placing, norm?: Norm): Lines {
  const { rowOf = itself, columnOf = itself, factorOf = () => 1 } = to;
  const weights = new Float32Array(to.rows * to.columns);
  const biases = new Float32Array(to.rows);
  for (let r = 0; r < rows; r++) {
    const factor = factorOf(r);
    let sum = bias[r]!;
    for (let c = 0; c < columns; c++) {
      const w = weight[r * columns + c]!;
      if (norm) sum += w * norm.b[c]!;
      weights[rowOf(r) * to.columns + columnOf(c)] = factor * w * (norm ? norm.w[c]! : 1);
    }
    biases[rowOf(r)] = factor * sum;
  }
  return { rows: to.rows, columns: to.columns, weights, bias: biases };
}

/** Of two rows each: the sums of their weights, by which the mean of what they multiply counts, and their biases. */
export function sumsAndBiases({ rows, columns, weights, bias }: Lines): Float32Array {
  const out = new Float32Array(4 * Math.ceil(rows / 2));
  for (let r = 0; r < rows; r++) {
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += weights[r * columns + c]!;
    const at = 4 * (r >> 1) + (r & 1);
    out[at] = sum;
    out[at + 2] = bias[r]!;
  }
  return out;
}

/** Rows of a table, each filled up. */
export function paddedRows(table: Float32Array, width: number, to: number): Float32Array {
  const rows = table.length / width;
  const out = new Float32Array(rows * to);
  for (let r = 0; r < rows; r++) out.set(table.subarray(r * width, (r + 1) * width), r * to);
  return out;
}

/** Where heads go, of several matrices of queries one below the other: to as many larger ones. */
export function headsOf({ width, heads }: Gpt2Config, { headSize, queries }: PaddedSizes) {
  const own = width / heads;
  return (n: number): number => {
    const within = n % width;
    return Math.floor(n / width) * queries + Math.floor(within / own) * headSize + (within % own);
  };
}

/** What queries are multiplied by: attention divides scores by the root of the size that its heads have. */
export function queryFactor({ width, heads }: Gpt2Config, { headSize }: PaddedSizes): number {
  return Math.sqrt(headSize / (width / heads));
}
