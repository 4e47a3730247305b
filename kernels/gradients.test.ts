/**
 * The reference of every backward kernel against central differences of its forward function in float64: kernels.test.ts then holds the
 * variants to the reference. And what of a gradient is wrong in ways that finite differences show.
 */
import { describe, expect, it } from 'vitest';
import { attentionBackwardReference } from './attention-backward/reference.ts';
import { crossEntropyReference } from './cross-entropy/reference.ts';
import { embeddingBackwardReference } from './embedding-backward/reference.ts';
import { geluReference } from './gelu/reference.ts';
import { geluBackwardReference } from './gelu-backward/reference.ts';
import { layernormBackwardReference } from './layernorm-backward/reference.ts';
import { centralDifferences, relativeDistance } from './lib/finite-differences.ts';
import { rng } from './lib/rng.ts';
import { rmsnormReference } from './rmsnorm/reference.ts';
import { rmsnormBackwardReference } from './rmsnorm-backward/reference.ts';
import { LAYOUTS } from './rope/index.ts';
import { ropeReference } from './rope/reference.ts';
import { ropeBackwardReference } from './rope-backward/reference.ts';
import { siluBackwardReference } from './silu-backward/reference.ts';
import { softmaxReference } from './softmax/reference.ts';
import { softmaxBackwardJacobian } from './softmax-backward/jacobian.ts';
import { softmaxBackward } from './softmax-backward/naive.ts';
import { softmaxBackwardReference } from './softmax-backward/reference.ts';
import { tanhReference } from './tanh/reference.ts';
import { pade, padeDerivative } from './tanh-backward/pade.ts';
import { tanhBackwardReference } from './tanh-backward/reference.ts';

/** The references index their inputs and compute in float64: given float64, that is all they compute in. */
const exact = (x: Float64Array): Float32Array => x as unknown as Float32Array;
const random = (seed: string, n: number): Float64Array => {
  const source = rng(seed);
  return Float64Array.from({ length: n }, () => source.normal());
};
const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0);

/** A forward function of one array, and the gradient of Σ g · forward(x) with respect to it. */
interface Pair {
  readonly name: string;
  /** Elements of the input, and of the output where it is another number. */
  readonly n: number;
  readonly outputs?: number;
  forward(x: Float64Array): Float64Array;
  backward(x: Float64Array, g: Float64Array): Float64Array;
}

const N = { N: 24 };
const R = 3;
const C = 8;
const rows = { R, C };
const parts = (x: Float64Array, ...sizes: number[]): Float64Array[] => {
  let at = 0;
  return sizes.map((size) => {
    at += size;
    return x.subarray(at - size, at);
  });
};

const ELEMENTWISE: readonly Pair[] = [
  {
    name: 'tanh',
    n: N.N,
    forward: (x) => tanhReference(exact(x)).values,
    backward: (x, g) => tanhBackwardReference({ x: exact(x), g: exact(g) }).values,
  },
  {
    name: 'silu',
    n: N.N,
    forward: (x) => x.map((v) => v / (1 + Math.exp(-v))),
    backward: (x, g) => siluBackwardReference({ x: exact(x), g: exact(g) }).values,
  },
  {
    name: 'gelu',
    n: N.N,
    forward: (x) => geluReference(exact(x), N).values,
    backward: (x, g) => geluBackwardReference({ x: exact(x), g: exact(g) }).values,
  },
];

/** (x − mean) / √(variance + 1e-5) · w + b, of x, w and b one behind the other. */
function layernorm(all: Float64Array): Float64Array {
  const [x, w, b] = parts(all, R * C, C, C);
  const mean = (v: Float64Array) => v.reduce((sum, e) => sum + e, 0) / v.length;
  return x!.map((v, i) => {
    const row = x!.subarray(i - (i % C), i - (i % C) + C);
    const variance = mean(row.map((e) => (e - mean(row)) ** 2));
    return ((v - mean(row)) / Math.sqrt(variance + 1e-5)) * w![i % C]! + b![i % C]!;
  });
}

const ROWS: readonly Pair[] = [
  {
    name: 'softmax',
    n: R * C,
    forward: (x) => softmaxReference(exact(x), rows).values,
    backward: (x, g) =>
      softmaxBackwardReference({ y: exact(softmaxReference(exact(x), rows).values), g: exact(g) }, rows)
        .values,
  },
  {
    name: 'rmsnorm (x and w)',
    n: R * C + C,
    outputs: R * C,
    forward(all) {
      const [x, w] = parts(all, R * C, C);
      return rmsnormReference({ x: exact(x!), w: exact(w!) }, rows).values;
    },
    backward(all, g) {
      const [x, w] = parts(all, R * C, C);
      return rmsnormBackwardReference({ x: exact(x!), w: exact(w!), g: exact(g) }, rows).values;
    },
  },
  {
    name: 'layernorm (x, w and b)',
    n: R * C + 2 * C,
    outputs: R * C,
    forward: layernorm,
    backward(all, g) {
      const [x, w] = parts(all, R * C, C);
      return layernormBackwardReference({ x: exact(x!), w: exact(w!), g: exact(g) }, rows).values;
    },
  },
  {
    name: 'a table of embeddings, of which one row is taken twice and one not at all',
    n: 4 * C,
    outputs: 4 * C,
    forward: (table) =>
      Float64Array.from({ length: 4 * C }, (_, i) => table[[2, 0, 2, 1][Math.floor(i / C)]! * C + (i % C)]!),
    backward: (_, g) =>
      embeddingBackwardReference({ ids: Int32Array.of(2, 0, 2, 1), g: exact(g) }, { T: 4, V: 4, D: C })
        .values,
  },
];

const turned = { T: 3, H: 2, D: 4 };
const ROPE: readonly Pair[] = LAYOUTS.map((layout) => ({
  name: `rope, ${layout}`,
  n: 24,
  forward: (x) => ropeReference({ x: exact(x), offset: 7 }, { ...turned, layout }).values,
  backward: (_, g) => ropeBackwardReference({ g: exact(g), offset: 7 }, { ...turned, layout }).values,
}));

const heads = { H: 2, T: 4, D: 3 };
const SIZE = heads.H * heads.T * heads.D;

/** Causal attention of q, k and v, one behind the other. */
function attention(all: Float64Array): Float64Array {
  const { T, D } = heads;
  const [q, k, v] = parts(all, SIZE, SIZE, SIZE);
  return q!.map((_, at) => {
    const d = at % D;
    const i = Math.floor(at / D) % T;
    const head = Math.floor(at / (T * D)) * T * D;
    const row = (x: Float64Array, t: number) => x.subarray(head + t * D, head + t * D + D);
    const e = Array.from({ length: i + 1 }, (_, j) => Math.exp(dot(row(q!, i), row(k!, j)) / Math.sqrt(D)));
    const total = e.reduce((a, b) => a + b, 0);
    return e.reduce((sum, p, j) => sum + (p / total) * row(v!, j)[d]!, 0);
  });
}

const ATTENTION: Pair = {
  name: 'attention (q, k and v)',
  n: 3 * SIZE,
  outputs: SIZE,
  forward: attention,
  backward(all, g) {
    const [q, k, v] = parts(all, SIZE, SIZE, SIZE).map(exact);
    return attentionBackwardReference({ q: q!, k: k!, v: v!, g: exact(g) }, heads).values;
  },
};

describe('the gradient agrees with central differences of the forward function to 1e-8 of its largest element', () => {
  for (const { name, n, outputs = n, forward, backward } of [...ELEMENTWISE, ...ROWS, ...ROPE, ATTENTION]) {
    it(name, () => {
      const x = random(`x of ${name}`, n);
      const g = random(`g of ${name}`, outputs);
      const numeric = centralDifferences((moved) => dot(forward(moved), g), x);
      expect(relativeDistance(backward(x, g), numeric)).toBeLessThan(1e-8);
    });
  }

  it('cross-entropy, of the mean of the losses', () => {
    const target = Int32Array.of(1, 7, 0);
    const values = (x: Float64Array) => crossEntropyReference({ x: exact(x), target }, rows).values;
    const x = random('logits', R * C);
    const numeric = centralDifferences(
      (moved) =>
        values(moved)
          .subarray(0, R)
          .reduce((sum, v) => sum + v, 0) / R,
      x,
    );
    expect(relativeDistance(values(x).subarray(R), numeric)).toBeLessThan(1e-8);
  });
});

it('softmax: with and without the Jacobian the same to 1e-12 in float64', () => {
  const y = softmaxReference(exact(random('x', R * C)), rows).values;
  const g = random('g', R * C);
  const [closed, full] = [new Float64Array(R * C), new Float64Array(R * C)];
  softmaxBackward(exact(y), exact(g), exact(closed), C, 0, R);
  softmaxBackwardJacobian(exact(y), exact(g), exact(full), R, C);
  expect(relativeDistance(closed, full)).toBeLessThan(1e-12);
});

it.each(LAYOUTS)('rope, %s: forward of backward is the identity to 1e-14', (layout) => {
  const shape = { ...turned, layout };
  const x = random('turned', 24);
  const back = ropeBackwardReference({ g: exact(x), offset: 1234 }, shape).values;
  const again = ropeReference({ x: exact(back), offset: 1234 }, shape).values;
  expect(relativeDistance(again, x)).toBeLessThan(1e-14);
});

it('rope in attention: probabilities that the backward pass takes from unrotated queries and keys give a gradient that is off by a tenth and more', () => {
  const D = 4;
  const layout = 'half';
  const count = 3;
  const shape = (T: number) => ({ T, H: 1, D, layout }) as const;
  const keys = random('keys', count * D);
  const c = random('values', count);
  const rotatedKeys = ropeReference({ x: exact(keys), offset: 0 }, shape(count)).values;
  const rotate = (q: Float64Array) => ropeReference({ x: exact(q), offset: count }, shape(1)).values;
  const probabilities = (q: Float64Array, k: Float64Array) => {
    const scores = Float64Array.from({ length: count }, (_, j) => dot(q, k.subarray(j * D, j * D + D)));
    return softmaxReference(exact(scores), { R: 1, C: count }).values;
  };
  const q = random('query', D);
  const gradient = (p: Float64Array) => {
    const mean = dot(p, c);
    const turnedGradient = Float64Array.from({ length: D }, (_, d) =>
      p.reduce((sum, pj, j) => sum + pj * (c[j]! - mean) * rotatedKeys[j * D + d]!, 0),
    );
    return ropeBackwardReference({ g: exact(turnedGradient), offset: count }, shape(1)).values;
  };
  const numeric = centralDifferences((moved) => dot(probabilities(rotate(moved), rotatedKeys), c), q);
  expect(relativeDistance(gradient(probabilities(rotate(q), rotatedKeys)), numeric)).toBeLessThan(1e-8);
  expect(relativeDistance(gradient(probabilities(q, keys)), numeric)).toBeGreaterThan(0.1);
});

describe('a Padé approximant of tanh in the forward pass', () => {
  const grid = Float64Array.from({ length: 2999 }, (_, i) => (i + 1) / 1000);
  const slopes = grid.map((x) => centralDifferences((v) => pade(v[0]!), Float64Array.of(x))[0]!);

  it('has the slope ((9 − x²) / (9 + 3x²))², to 1e-8', () => {
    expect(relativeDistance(grid.map(padeDerivative), slopes)).toBeLessThan(1e-8);
  });

  it('and not 1 − t², which is off by 0.0516, at x = 1.18', () => {
    const errors = grid.map((x, i) => Math.abs(1 - pade(x) ** 2 - slopes[i]!));
    const worst = errors.reduce((most, v) => Math.max(most, v));
    expect(worst).toBeCloseTo(0.0516, 4);
    expect(grid[errors.indexOf(worst)]).toBeCloseTo(1.18, 2);
  });
});
