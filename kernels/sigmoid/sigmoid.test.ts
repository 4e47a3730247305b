/** What is lost where float32 overflows silently, and what is not. */
import { describe, expect, it } from 'vitest';
import { sigmoidInline } from './blocked.ts';
import { sigmoidFloat32 } from './float32.ts';
import { sigmoidMasked } from './masked.ts';
import { sigmoidNaive } from './naive.ts';
import { sigmoidTanh } from './tanh.ts';

type Loop = (x: Float32Array, out: Float32Array) => void;
function at(loop: Loop, x: number): number {
  const out = new Float32Array(1);
  loop(Float32Array.of(x), out);
  return out[0]!;
}

describe('at −90, where the truth is 8.2e-40', () => {
  it.each([
    ['naive', sigmoidNaive],
    ['masked', sigmoidMasked],
    ['blocked', (x: Float32Array, out: Float32Array) => sigmoidInline(x, out, 0, 1)],
  ] as const)('%s has it', (_, loop) => {
    expect(at(loop, -90) / 8.194e-40).toBeCloseTo(1, 3);
  });

  it('float32 has 0, and its logarithm is −Infinity instead of −90', () => {
    expect(at(sigmoidFloat32, -90)).toBe(0);
    expect(Math.log(at(sigmoidFloat32, -90))).toBe(-Infinity);
    expect(Math.log(at(sigmoidNaive, -90))).toBeCloseTo(-90, 4);
  });
});

it('tanh: 0 from −38.2 down; relative error above 1 % at −36, below 1e-4 at −24', () => {
  expect(at(sigmoidTanh, -38.2)).toBe(0);
  expect(Math.abs(at(sigmoidTanh, -36) / Math.exp(-36) - 1)).toBeGreaterThan(0.01);
  expect(Math.abs(at(sigmoidTanh, -24) / Math.exp(-24) - 1)).toBeLessThan(1e-4);
});

it('naive and masked differ by at most 9e-8 on [−30, 30]', () => {
  const x = Float32Array.from({ length: 6001 }, (_, i) => i / 100 - 30);
  const [naive, masked] = [new Float32Array(6001), new Float32Array(6001)];
  sigmoidNaive(x, naive);
  sigmoidMasked(x, masked);
  for (let i = 0; i < x.length; i++) expect(Math.abs(naive[i]! - masked[i]!)).toBeLessThanOrEqual(9e-8);
});
