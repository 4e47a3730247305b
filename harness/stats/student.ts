/** Student's t distribution, for any number of degrees of freedom ν > 0 (Welch's are no integers). */

/** P(|T| ≥ t) for T with ν degrees of freedom: the two-sided p-value. Relative error below 1e-9; NaN gives NaN. */
export function studentTail(t: number, nu: number): number {
  // DLMF 8.17: P(|T| ≥ t) = I_x(ν/2, 1/2) with x = ν / (ν + t²).
  const square = t * t;
  if (square === Number.POSITIVE_INFINITY) return 0;
  return incompleteBeta(nu / (nu + square), square / (nu + square), nu / 2, 0.5);
}

/** The t with P(|T| ≥ t) = tail: tail = 0.05 gives the 97.5 % quantile, the half width of a 95 % interval. */
export function studentQuantile(tail: number, nu: number): number {
  let low = 0;
  let high = 1;
  while (studentTail(high, nu) > tail) high *= 2;
  // Bisection: the tail falls strictly, and 60 halvings reach the last bit.
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (studentTail(middle, nu) > tail) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Regularised incomplete beta function I_x(a, b), y = 1 − x. */
function incompleteBeta(x: number, y: number, a: number, b: number): number {
  // The continued fraction converges fast below the mean; above it the symmetry I_x(a, b) = 1 − I_y(b, a) is used.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(y, x, b, a);
  if (x === 0) return 0;
  const front = Math.exp(a * Math.log(x) + b * Math.log(y) - logBeta(a, b)) / a;
  // DLMF 8.17.22, evaluated by Lentz's method as modified by Thompson & Barnett (1986).
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return front * fraction;
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** ln Γ(x) for x > 0: Stirling's series (DLMF 5.11.1) from x ≥ 10 on, where its next term is below 1e-12; recurrence before. */
function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  for (; z < 10; z++) shift -= Math.log(z);
  const w = 1 / (z * z);
  const series = (1 / 12 - w * (1 / 360 - w * (1 / 1260 - w * (1 / 1680 - w / 1188)))) / z;
  return shift + (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series;
}
