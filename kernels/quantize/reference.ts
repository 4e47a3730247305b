import type { Reference } from '../kernel.ts';
import type { QuantizeInput, QuantizeShape } from './index.ts';

const f32 = Math.fround;

/** The half nearest to a float32 ≥ 0, ties to even, as a value. */
function nearestHalf(v: number): number {
  const spacing = 2 ** Math.max(-24, Math.floor(Math.log2(Math.max(v, 2 ** -24))) - 10);
  const steps = v / spacing;
  const below = Math.floor(steps);
  const rest = steps - below;
  return spacing * (rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below);
}

/** Ties to even. */
function round(v: number): number {
  const below = Math.floor(v);
  const rest = v - below;
  return rest > 0.5 || (rest === 0.5 && Math.abs(below % 2) === 1) ? below + 1 : below;
}

/** As the datasheet defines it, each step rounded to float32. */
export function quantizeReference({ x }: QuantizeInput, { C, per }: QuantizeShape): Reference {
  const values = new Float64Array(x.length);
  const share = per === 'tensor' ? x.length : per === 'row' ? C : 32;
  for (let start = 0; start < x.length; start += share) {
    let most = 0;
    for (let i = start; i < start + share; i++) most = Math.max(most, Math.abs(x[i]!));
    const d = f32(most / 127);
    const inverse = d === 0 ? 0 : f32(1 / d);
    const kept = per === 'q8_0' ? nearestHalf(d) : d;
    for (let i = start; i < start + share; i++) {
      const v = f32(x[i]! * inverse);
      const q = per === 'q8_0' ? Math.sign(v) * Math.floor(Math.abs(v) + 0.5) : round(v);
      values[i] = f32(kept * q);
    }
  }
  return { values };
}
