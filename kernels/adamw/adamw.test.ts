/** What one step does not show: a hundred of them, and what folding and decay change. */
import { describe, expect, it } from 'vitest';
import { normals, rng } from '../lib/rng.ts';
import { adamL2Step } from './adam-l2.ts';
import { DECAY, LR } from './constants.ts';
import { adamwFolded, adamwRates } from './folded.ts';
import type { AdamwInput } from './index.ts';
import { adamwNaive } from './naive.ts';
import { adamwReference } from './reference.ts';

type Step = (input: AdamwInput, out: Float32Array, step: number) => void;
const N = 64;

/** θ after 100 steps on gradients that depend on it: θ times a number of its own, and noise. */
function trained(step: Step): Float32Array {
  const random = rng('training');
  const curvature = normals(random, N).map((v) => 10 ** v);
  let theta = normals(random, N);
  let m = new Float32Array(N);
  let v = new Float32Array(N);
  for (let t = 1; t <= 100; t++) {
    const noise = normals(random, N, 0.1);
    const g = theta.map((value, i) => curvature[i]! * value + noise[i]!);
    const out = new Float32Array(3 * N);
    step({ theta, g, m, v }, out, t);
    theta = out.slice(0, N);
    m = out.slice(N, 2 * N);
    v = out.slice(2 * N);
  }
  return theta;
}

const largestDistance = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

const reference = trained((input, out, step) => out.set(adamwReference(input, { N, step }).values));

describe('100 steps end where those of the reference do', () => {
  it('naive: to 1e-6', () => {
    expect(
      largestDistance(
        trained((input, out, step) => adamwNaive(input, out, N, step)),
        reference,
      ),
    ).toBeLessThan(1e-6);
  });
  it('folded: to 1e-6', () => {
    const folded = trained((input, out, step) => adamwFolded(input, out, adamwRates(step), 0, N));
    expect(largestDistance(folded, reference)).toBeLessThan(1e-6);
  });
  it('Adam with the decay in the gradient ends elsewhere, by 1e-3 and more', () => {
    const l2 = trained((input, out, step) => adamL2Step(input, out, N, step));
    expect(largestDistance(l2, reference)).toBeGreaterThan(1e-3);
  });
});

it.each([
  [1, 0.316],
  [12, 0.152],
  [1000, 0.795],
])(
  'at step %i the folded rate is %f of the plain one, and so is a decay that it multiplies',
  (step, share) => {
    expect(adamwRates(step).rate / LR).toBeCloseTo(share, 3);
  },
);

it('a weight whose gradient is 0 decays by lr λ of itself; with the decay in the gradient it moves by lr, whatever its size', () => {
  for (const size of [1e-2, 1]) {
    const zero = new Float32Array(1);
    const input = { theta: Float32Array.of(size), g: zero, m: zero, v: zero };
    const [decoupled, inGradient] = [new Float32Array(3), new Float32Array(3)];
    adamwNaive(input, decoupled, 1, 1);
    adamL2Step(input, inGradient, 1, 1);
    expect((size - decoupled[0]!) / (LR * DECAY * size)).toBeCloseTo(1, 2);
    expect((size - inGradient[0]!) / LR).toBeCloseTo(1, 2);
  }
});
