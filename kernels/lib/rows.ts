/** What kernels over the rows of a matrix share: shapes, inputs, a thread's share of the rows, and the reductions of a shader. */
import type { Case, Host, MakeTask, Prepared } from '../kernel.ts';
import { gpuVariant, spread } from './gpu.ts';
import { firstOf } from './pool.ts';
import { normals, type Rng } from './rng.ts';

/** Rows (tokens) and columns (features). */
export type RowsShape = { readonly R: number; readonly C: number };

/** On every edge: 1, odd, tile − 1, tile, tile + 1, fewer rows than threads. */
export const EDGE_ROWS: readonly Case<RowsShape>[] = [
  { shape: { R: 1, C: 1 }, from: 'one element' },
  { shape: { R: 3, C: 15 }, from: 'tile − 1, odd' },
  { shape: { R: 5, C: 16 }, from: 'one tile' },
  { shape: { R: 2, C: 17 }, from: 'tile + 1, fewer rows than threads' },
  { shape: { R: 7, C: 257 }, from: 'odd, large tile + 1' },
];

/** Gains of trained models scatter around one or a few tenths; some are negative. */
export const gains = (C: number, rng: Rng): Float32Array => normals(rng, C, 0.5).map((v) => 1 + v);

/** `[R, C]` standard normals changed by `change(v, row, column)`. */
export function changedNormals(
  { R, C }: RowsShape,
  rng: Rng,
  change: (v: number, row: number, column: number) => number,
): Float32Array {
  return normals(rng, R * C).map((v, i) => change(v, Math.floor(i / C), i % C));
}

/** Scores that break a careless softmax. */
export const HOSTILE_LOGITS = {
  'large logits': ({ R, C }: RowsShape, rng: Rng) => normals(rng, R * C, 1e4),
  'logits of 3e38': ({ R, C }: RowsShape, rng: Rng) => normals(rng, R * C).map((v) => (v > 0 ? 3e38 : -3e38)),
  'all equal': ({ R, C }: RowsShape) => new Float32Array(R * C).fill(-7.25),
  denormals: ({ R, C }: RowsShape, rng: Rng) => normals(rng, R * C, 1e-40),
  'a row of −Infinity, a row with a NaN': ({ R, C }: RowsShape, rng: Rng) =>
    normals(rng, R * C).map((v, i) => {
      const row = Math.floor(i / C);
      if (row === 0) return Number.NEGATIVE_INFINITY;
      return row === 1 && i % C === C >> 1 ? Number.NaN : v;
    }),
  'masked with −Infinity': ({ R, C }: RowsShape, rng: Rng) =>
    normals(rng, R * C, 3).map((v, i) => (i % C !== 0 && rng.uniform() < 0.5 ? Number.NEGATIVE_INFINITY : v)),
};

/** `row 3, column 5, x = 0.25` */
export function atRow(x: Float32Array, C: number, index: number): string {
  return `row ${Math.floor(index / C)}, column ${index % C}, x = ${x[index]}`;
}

/** One thread's share of the rows of `loop`, which does rows [from, to). */
export function rowsTask<D extends { readonly R: number }>(
  loop: (data: D, from: number, to: number) => void,
): MakeTask<D> {
  return (data) => (thread, threads) =>
    loop(data, firstOf(data.R, thread, threads), firstOf(data.R, thread + 1, threads));
}

/**
 * A workgroup a row. rows.wgsl joins the shader: the constants `R`, `C` and `THREADS`, `rowOf`, `totalOf` and `largestOf`.
 * @param constants those beyond them
 */
export function rowsGpu(
  host: Host,
  url: URL,
  { R, C }: RowsShape,
  inputs: readonly Float32Array[],
  constants: Record<string, number> = {},
  outputLength = R * C,
): Promise<Prepared> {
  return gpuVariant(host, {
    url,
    joined: [new URL('./rows.wgsl', import.meta.url)],
    inputs,
    outputLength,
    // Threads beyond the columns would only wait at barriers.
    constants: { ...constants, R, C, THREADS: C < 1024 ? 64 : 256 },
    workgroups: spread(R),
  });
}
