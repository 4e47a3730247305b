import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { MatmulInput, MatmulShape } from './index.ts';

/** Depth of a block: a panel of 4 columns is 4 KiB. */
const DEPTH = 256;

/**
 * The tiles of blocked.ts over packed panels: four columns of b, `DEPTH` deep, are copied to consecutive addresses, and
 * four rows of a likewise, so that no stride of N touches the same few cache sets again and again. `pa` holds a
 * block of all rows of a (padded to four), `pb` one panel of b.
 */
export function matmulPacked(
  a: Float32Array,
  b: Float32Array,
  c: Float32Array,
  { M, N, K }: MatmulShape,
  pa: Float32Array,
  pb: Float32Array,
): void {
  for (let k0 = 0; k0 < K; k0 += DEPTH) {
    const kc = Math.min(DEPTH, K - k0);
    packRows(a, pa, M, K, k0, kc);
    for (let j = 0; j < N; j += 4) {
      const nr = Math.min(4, N - j);
      packColumns(b, pb, N, j, nr, k0, kc);
      for (let i = 0; i < M; i += 4) {
        tile(pa, i * kc, pb, kc, c, N, i, Math.min(4, M - i), j, nr, k0 === 0);
      }
    }
  }
}

/** Rows of a in groups of four, the four elements of a column side by side; missing rows are 0. */
function packRows(a: Float32Array, out: Float32Array, M: number, K: number, k0: number, kc: number): void {
  for (let i = 0; i < M; i += 4) {
    for (let r = 0; r < 4; r++) {
      let to = i * kc + r;
      if (i + r < M) {
        for (let p = (i + r) * K + k0, end = p + kc; p < end; p++, to += 4) out[to] = a[p]!;
      } else {
        for (let k = 0; k < kc; k++, to += 4) out[to] = 0;
      }
    }
  }
}

function packColumns(
  b: Float32Array,
  out: Float32Array,
  N: number,
  j: number,
  nr: number,
  k0: number,
  kc: number,
): void {
  for (let k = 0, from = k0 * N + j, to = 0; k < kc; k++, from += N, to += 4) {
    for (let x = 0; x < 4; x++) out[to + x] = x < nr ? b[from + x]! : 0;
  }
}

/** Sixteen sums in float64 over `kc` steps, of which `mr` × `nr` are stored, or added to c. */
function tile(
  a: Float32Array,
  p: number,
  b: Float32Array,
  kc: number,
  c: Float32Array,
  N: number,
  i: number,
  mr: number,
  j: number,
  nr: number,
  first: boolean,
): void {
  let c00 = 0;
  let c01 = 0;
  let c02 = 0;
  let c03 = 0;
  let c10 = 0;
  let c11 = 0;
  let c12 = 0;
  let c13 = 0;
  let c20 = 0;
  let c21 = 0;
  let c22 = 0;
  let c23 = 0;
  let c30 = 0;
  let c31 = 0;
  let c32 = 0;
  let c33 = 0;
  for (let q = 0, end = 4 * kc; q < end; q += 4, p += 4) {
    const b0 = b[q]!;
    const b1 = b[q + 1]!;
    const b2 = b[q + 2]!;
    const b3 = b[q + 3]!;
    const a0 = a[p]!;
    c00 += a0 * b0;
    c01 += a0 * b1;
    c02 += a0 * b2;
    c03 += a0 * b3;
    const a1 = a[p + 1]!;
    c10 += a1 * b0;
    c11 += a1 * b1;
    c12 += a1 * b2;
    c13 += a1 * b3;
    const a2 = a[p + 2]!;
    c20 += a2 * b0;
    c21 += a2 * b1;
    c22 += a2 * b2;
    c23 += a2 * b3;
    const a3 = a[p + 3]!;
    c30 += a3 * b0;
    c31 += a3 * b1;
    c32 += a3 * b2;
    c33 += a3 * b3;
  }
  put(c, i * N + j, nr, first, c00, c01, c02, c03);
  if (mr > 1) put(c, (i + 1) * N + j, nr, first, c10, c11, c12, c13);
  if (mr > 2) put(c, (i + 2) * N + j, nr, first, c20, c21, c22, c23);
  if (mr > 3) put(c, (i + 3) * N + j, nr, first, c30, c31, c32, c33);
}

function put(
  c: Float32Array,
  at: number,
  nr: number,
  first: boolean,
  v0: number,
  v1: number,
  v2: number,
  v3: number,
): void {
  c[at] = first ? v0 : c[at]! + v0;
  if (nr > 1) c[at + 1] = first ? v1 : c[at + 1]! + v1;
  if (nr > 2) c[at + 2] = first ? v2 : c[at + 2]! + v2;
  if (nr > 3) c[at + 3] = first ? v3 : c[at + 3]! + v3;
}

export const packed = defineVariant<MatmulInput, MatmulShape>({
  name: 'packed',
  backend: 'js',
  idea: 'tiles of 4 × 4 sums over packed panels: consecutive addresses, so that a power-of-two N costs no more than another',
  ledger: ['S3-27', 'S3-29'],
  prepare({ a, b }, shape) {
    const pa = new Float32Array(Math.ceil(shape.M / 4) * 4 * DEPTH);
    const pb = new Float32Array(4 * DEPTH);
    return jsVariant(shape.M * shape.N, (c) => matmulPacked(a, b, c, shape, pa, pb));
  },
});
