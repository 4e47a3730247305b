import type { Reference } from '../kernel.ts';
import type { LrScheduleInput, LrScheduleShape } from './index.ts';

/** Warm-up, then low + (high − low) cos²(φ/2) with φ from 0 to π: the same as ½ (1 + cos φ), without its cancellation near π. */
export function lrScheduleReference({ high, low }: LrScheduleInput, { N, W }: LrScheduleShape): Reference {
  const values = Float64Array.from({ length: N }, (_, n) => {
    if (n < W) return (high / W) * (n + 1);
    return n === N - 1 ? low : low + (high - low) * Math.cos((Math.PI / 2 / (N - W)) * (n - W + 1)) ** 2;
  });
  return { values, scale: values.map((v) => v + high * 1e-8) };
}
