import type { Reference } from '../kernel.ts';

/** tanh(x) = (1 − e^(−2|x|)) / (1 + e^(−2|x|)) with the sign of x, in float64; expm1 keeps the digits of small x. */
export function tanhReference(x: Float32Array): Reference {
  const values = Float64Array.from(x, (v) => {
    const t = Math.expm1(-2 * Math.abs(v));
    return (Math.sign(v) * -t) / (2 + t);
  });
  return { values };
}
