import { defineVariant } from '../kernel.ts';
import { jsVariant } from '../lib/js.ts';
import type { SoftmaxShape } from './index.ts';

const LOG2E = Math.LOG2E;
const LN2 = Math.LN2;
/** 2^n for n = −127 … 0; the first stands for everything below and is 0. */
const POWERS = Float64Array.from({ length: 128 }, (_, i) => (i === 0 ? 0 : 2 ** (i - 127)));

/**
 * e^d for d ≤ 0 (0 below −87.7, NaN for NaN): 2^n · p(r) with n = round(d · log2 e), r = d − n ln 2 and the polynomial of
 * least relative error of degree 5 on ±ln 2 / 2 (1.1e-7; fitted as in lib/math.as.ts).
 */
export function expNonPositive(d: number): number {
  if (d < -87.7) return 0;
  // An integer for V8 too: with a double (and NaN) as index the load is generic and puts each index on the heap, 16 bytes.
  const n = Math.floor(d * LOG2E + 0.5) | 0;
  const r = d - n * LN2;
  const p =
    1 +
    r *
      (1 +
        r *
          (0.499992311000824 +
            r * (0.16667114198207855 + r * (0.04189015552401543 + r * 0.008312520571053028))));
  return p * POWERS[n + 127]!;
}

/** Three passes as in blocked.ts, with the exponential in plain arithmetic: V8 cannot inline its library exp. */
export function softmaxPolynomial(x: Float32Array, out: Float32Array, R: number, C: number): void {
  for (let r = 0; r < R; r++) {
    const start = r * C;
    const end = start + C;
    let max = Number.NEGATIVE_INFINITY;
    for (let i = start; i < end; i++) {
      const v = x[i]!;
      if (v > max) max = v;
    }
    let sum = 0;
    for (let i = start; i < end; i++) {
      const e = expNonPositive(x[i]! - max);
      out[i] = e;
      sum += e;
    }
    const factor = 1 / sum;
    for (let i = start; i < end; i++) out[i] = out[i]! * factor;
  }
}

export const polynomial = defineVariant<Float32Array, SoftmaxShape>({
  name: 'polynomial',
  backend: 'js',
  idea: 'the exponential as a degree-5 polynomial in plain arithmetic, which V8 inlines, unlike Math.exp',
  prepare: (x, { R, C }) => jsVariant(R * C, (out) => softmaxPolynomial(x, out, R, C)),
});
