/** What no scale, a fixed one and a dynamic one keep of gradients in half precision. */
import { describe, expect, it } from 'vitest';
import { rng } from '../lib/rng.ts';
import { lossScaleStep } from './blocked.ts';
import { type DynamicScale, nextScale, roundHalf } from './half.ts';
import { lossScaleUnchecked } from './unchecked.ts';

it('half precision loses gradients of 2^-25 = 3e-8 and less; at a scale of 1024, those of 2.9e-11', () => {
  expect(roundHalf(2 ** -25)).toBe(0);
  expect(roundHalf(1.001 * 2 ** -25)).toBe(2 ** -24);
  expect(roundHalf(2 ** -35 * 1024)).toBe(0);
  expect(roundHalf(1.001 * 2 ** -35 * 1024)).toBe(2 ** -24);
});

it('at a scale of 1024 a gradient overflows from 65520 / 1024 = 63.98 on', () => {
  expect(roundHalf(63.97 * 1024)).toBe(65504);
  expect(roundHalf(63.99 * 1024)).toBe(Number.POSITIVE_INFINITY);
});

it('one Infinity: the step is left out whole; without the test its weight is lost', () => {
  const input = { w: Float32Array.of(1, 2), g: Float32Array.of(3, Number.POSITIVE_INFINITY), scale: 1024 };
  const out = new Float32Array(2);
  lossScaleStep(input, out);
  expect(out).toEqual(input.w);
  lossScaleUnchecked(input, out);
  expect(out[1]).toBe(Number.NEGATIVE_INFINITY);
});

describe('10000 steps whose gradients range over 12 orders of magnitude, one in a hundred a hundred times larger', () => {
  /** Shares of gradients that become 0, and of steps that are left out. */
  function train(scaleOf: (finite: boolean) => number): { lost: number; skipped: number } {
    const random = rng('steps');
    let lost = 0;
    let skipped = 0;
    let finite = true;
    for (let step = 0; step < 10_000; step++) {
      const scale = scaleOf(finite);
      const peak = random.uniform() < 0.01 ? 100 : 1;
      const g = Array.from({ length: 8 }, () => peak * 10 ** (-12 * random.uniform()));
      const halves = g.map((v) => roundHalf(v * scale));
      finite = halves.every(Number.isFinite);
      if (!finite) skipped++;
      else lost += halves.filter((v) => v === 0).length / 8;
    }
    return { lost: lost / 10_000, skipped: skipped / 10_000 };
  }

  it('no scale: more than a third of the gradients are lost, no step', () => {
    const { lost, skipped } = train(() => 1);
    expect(lost).toBeGreaterThan(1 / 3);
    expect(skipped).toBe(0);
  });

  it('1024: a seventh to an eighth is lost, and some steps', () => {
    const { lost, skipped } = train(() => 1024);
    expect(lost).toBeGreaterThan(0.1);
    expect(lost).toBeLessThan(0.15);
    expect(skipped).toBeGreaterThan(0);
  });

  it('dynamic, from 1 on and doubled after 100 good steps: as few gradients as that, and fewer than one step in fifty', () => {
    let state: DynamicScale = { scale: 1, good: 0 };
    let first = true;
    const { lost, skipped } = train((finite) => {
      if (!first) state = nextScale(state, finite, 100);
      first = false;
      return state.scale;
    });
    expect(lost).toBeLessThan(0.15);
    expect(skipped).toBeLessThan(0.02);
  });
});
