/**
 * The product of two matrices, from three loops to the limit of the machine.
 *
 * No variant starts threads within a call: a Host offers workers that last, and a page cannot wait for one that it has just
 * started. parallel-posted shows what the messages alone cost.
 */
import { defineKernel } from '../kernel.ts';
import { type Rng, uniforms } from '../lib/rng.ts';
import { blocked } from './blocked.ts';
import { blockedParallel, blockedParallelDropped } from './blocked-parallel.ts';
import { blocked32, blocked64, blocked128 } from './blocks.ts';
import { ikj } from './ikj.ts';
import { mulAdd, mulAddThreads } from './mul-add.ts';
import { naive } from './naive.ts';
import { packed } from './packed.ts';
import { parallel } from './parallel.ts';
import { peers } from './peers.ts';
import { posted } from './posted.ts';
import { matmulReference } from './reference.ts';
import { simd, simdThreads } from './simd.ts';
import { splitK } from './split-k.ts';
import { strassen } from './strassen.ts';
import { tilesThreads } from './tiles.ts';
import { transposed } from './transposed.ts';
import { webgpu } from './webgpu.ts';
import { wide, wideThreads } from './wide.ts';

/** Rows of a and c, columns of b and c, and the depth: columns of a, rows of b. */
export type MatmulShape = { readonly M: number; readonly N: number; readonly K: number };

/** Row-major float32, without gaps between rows: a is M × K, b is K × N. */
export interface MatmulInput {
  readonly a: Float32Array;
  readonly b: Float32Array;
}

/** Uniform on [−1, 1): like weights without their tails, and quick to draw by the million. */
function plain({ M, N, K }: MatmulShape, rng: Rng): MatmulInput {
  return { a: uniforms(rng, M * K, -1, 1), b: uniforms(rng, K * N, -1, 1) };
}

/** Positive and large; the second half of the depth takes back what the first has summed up, to about 1e-4 of it. */
function cancelling(shape: MatmulShape, rng: Rng): MatmulInput {
  const { M, N, K } = shape;
  const a = uniforms(rng, M * K, 1e4, 3e4);
  const b = uniforms(rng, K * N, 1e4, 3e4);
  const half = K >> 1;
  for (let i = 0; i < M; i++) {
    for (let k = 0; k < half; k++) a[i * K + k + half] = -a[i * K + k]!;
  }
  for (let kj = 0; kj < half * N; kj++) b[kj + half * N] = b[kj]! * (1 + 1e-4 * rng.uniform());
  return { a, b };
}

const BOUND = 1.2e-7;

export const matmul = defineKernel<MatmulInput, MatmulShape>({
  name: 'matmul',
  formula: 'c[M,N] = Σ_K a[M,K] · b[K,N]',
  ledger: ['S4-34', 'S2-13', 'S2-17', 'S3-23', 'X-10'],
  learned: [
    'In plain JavaScript tiles of sums in registers pay (`blocked` is 2.3 times as fast as `naive` at 192³), and cubes for the caches do not (0.75 of it): `ikj` reads in order already.',
    'What is shared must be small: of 192 rows in blocks of 64 one of two threads has two thirds, and `blocked-parallel` gains 1.5 over `blocked-64`; `parallel`, four rows at a time, gains 1.9 over `blocked`.',
    'What keeps `simd` from the peak of multiply-adds, in the suite `limits`: of large squares, packing and the first loads of each tile, 3 to 7 %. Of 16 rows by weights of 46 MB three tenths: reading these takes 1.2 ms at the bandwidth of memory, computing 6.1 ms at the peak, and both together take 8.7: rows of b are 22 kB apart, so that a strip of it touches as many pages as it has rows. Packing strips first, narrower strips, and touching lines ahead all took longer, and so did pieces of a strip that stay in L1 (22 %).',
    'In Node 20 and 22 `simd` reaches 40 to 45 % of the peak where Node 24 and 26 reach 97 (`npx zoo bench --suite limits matmul/simd --runtime node,node@20,node@22,node@26`). The machine code says why (`npx zoo profile matmul/simd --code --case M=192,N=192,K=192 --runtime node@20`): TurboFan of V8 11.3 loads all six rows of a step before the first multiply-add, which leaves no registers for four of the twelve sums; they are spilled each turn, and 62 % of the samples wait for them. V8 13.6 loads each row before it is used, and spills nothing. In Node 22 five are spilled.',
    'One level of Strassen saves an eighth of the operations and adds 18 passes over quarters of the matrices: at 1536³ it gains 3 to 8 % over `simd`, which puts it at the peak, not beyond 1.05 of it.',
    'What keeps simd-wide from 95 % of the 256-bit peak: its loop is twelve multiply-adds in 33 instructions with nothing spilled, but at 384³ a tenth of the time is spent outside of the function that has it, in packing and in the walk over tiles, which gain nothing from wider vectors (npx zoo profile matmul/simd-wide --case M=384,N=384,K=384 --runtime "node --experimental-wasm-revectorize"; with --code the loop).',
  ],
  cases: [
    { shape: { M: 1, N: 1, K: 1 }, from: 'one element' },
    { shape: { M: 5, N: 7, K: 3 }, from: 'tile − 1: rows 6 − 1, columns 8 − 1' },
    { shape: { M: 7, N: 9, K: 1 }, from: 'tile + 1: rows 6 + 1, columns 8 + 1; depth 1' },
    { shape: { M: 6, N: 8, K: 383 }, from: 'one tile, depth block − 1' },
    { shape: { M: 25, N: 17, K: 385 }, from: 'four tiles + 1 by two tiles + 1, depth block + 1' },
    { shape: { M: 97, N: 1545, K: 7 }, from: 'cache blocks + 1: rows 96 + 1, columns 1536 + 8 + 1' },
    { shape: { M: 63, N: 132, K: 67 }, from: 'the most rows that stream b, odd depth' },
    { shape: { M: 385, N: 3, K: 130 }, from: 'tall and narrow' },
    { shape: { M: 1, N: 521, K: 129 }, from: 'a single row, odd' },
    { shape: { M: 8, N: 16, K: 1031 }, from: 'deep and small: a gradient of rank 8 over 1031 tokens' },
    { shape: { M: 64, N: 64, K: 64 }, from: 'square, 16 KB a matrix: fits L1' },
    { shape: { M: 96, N: 96, K: 96 }, from: 'square, 37 KB a matrix: fits L2', slow: true },
    { shape: { M: 192, N: 192, K: 192 }, from: 'square, 0.15 MB a matrix', slow: true },
    { shape: { M: 384, N: 384, K: 384 }, from: 'square, 0.6 MB a matrix', slow: true },
    { shape: { M: 768, N: 768, K: 768 }, from: 'square, 2.4 MB a matrix', slow: true },
    { shape: { M: 577, N: 1537, K: 191 }, from: 'odd in each extent', slow: true },
    {
      shape: { M: 64, N: 1024, K: 1024 },
      from: 'rows of a power of two: a column of b meets a few cache sets only',
      slow: true,
    },
    { shape: { M: 64, N: 1040, K: 1040 }, from: 'its neighbour: rows one cache line longer', slow: true },
    { shape: { M: 2, N: 3072, K: 768 }, from: 'GPT-2 124M: MLP up, 2 tokens', slow: true },
    { shape: { M: 8, N: 3072, K: 768 }, from: 'GPT-2 124M: MLP up, 8 tokens', slow: true },
    { shape: { M: 128, N: 3072, K: 768 }, from: 'GPT-2 124M: MLP up, 128 tokens', slow: true },
    {
      shape: { M: 32, N: 576, K: 576 },
      from: 'SmolLM2-135M: attention output projection, 32 tokens',
      slow: true,
    },
    { shape: { M: 16, N: 5632, K: 2048 }, from: 'TinyLlama 1.1B: MLP up, 16 tokens', slow: true },
    { shape: { M: 1536, N: 1536, K: 1536 }, from: 'square, 9.4 MB a matrix', slow: true },
  ],
  inputs: plain,
  hostile: {
    'cancellation of large sums': cancelling,
    'magnitudes from 1e-12 to 1e12 in a row': (shape, rng) => {
      const { a, b } = plain(shape, rng);
      return { a: a.map((v) => v * 10 ** (24 * rng.uniform() - 12)), b };
    },
    'zero rows, zero columns, half of the rest zero': (shape, rng) => {
      const { a, b } = plain(shape, rng);
      return {
        a: a.map((v, i) => (Math.floor(i / shape.K) % 3 === 0 || rng.uniform() < 0.5 ? 0 : v)),
        b: b.map((v, i) => ((i % shape.N) % 4 === 1 ? -0 : v)),
      };
    },
    'a NaN in the last row of a, an Infinity in the last column of b': (shape, rng) => {
      const { a, b } = plain(shape, rng);
      const k = shape.K >> 1;
      a[(shape.M - 1) * shape.K + k] = Number.NaN;
      b[k * shape.N + shape.N - 1] = Number.POSITIVE_INFINITY;
      return { a, b };
    },
    'zeros of a against infinities of b': (shape, rng) => {
      const { a, b } = plain(shape, rng);
      const k = shape.K - 1;
      for (let i = 0; i < shape.M; i += 2) a[i * shape.K + k] = 0;
      for (let j = 0; j < shape.N; j += 3) b[k * shape.N + j] = Number.NEGATIVE_INFINITY;
      return { a, b };
    },
    // Every product is denormal; the test beside this file says which variants keep them.
    denormals: (shape, rng) => {
      const { a, b } = plain(shape, rng);
      return { a: a.map((v) => v * 1e-40), b };
    },
  },
  reference: (input, shape, rng) => matmulReference(input, shape, rng, BOUND),
  outputLength: ({ M, N }) => M * N,
  tolerance: {
    metric: 'scaled',
    bound: BOUND,
    why: 'two roundings (2 · 2^-24) relative to √K · Σ|a · b|: rounding errors of a sum in any order grow like a random walk (Higham & Mary 2019); a fixed order guarantees only K; denormals may count as 0',
  },
  work: ({ M, N, K }) => ({ flops: 2 * M * N * K, bytes: 4 * (M * K + K * N + M * N) }),
  where: (_, { N }, index) => `row ${Math.floor(index / N)}, column ${index % N}`,
  variants: [
    naive,
    ikj,
    transposed,
    blocked32,
    blocked64,
    blocked128,
    blocked,
    packed,
    blockedParallelDropped,
    blockedParallel,
    posted,
    parallel,
    mulAdd,
    mulAddThreads,
    simd,
    wide,
    strassen,
    simdThreads,
    tilesThreads,
    splitK,
    wideThreads,
    webgpu,
    ...peers,
  ],
});
