/**
 * The gradient of `f` at `x` by central differences of step `h`, in float64: off by h² f‴/6 and by 1e-16 |f| / h. With h = 1e-5 and
 * numbers around 1 both stand near 1e-11, so that 1e-8 tells a right formula from a wrong one.
 */
export function centralDifferences(f: (x: Float64Array) => number, x: Float64Array, h = 1e-5): Float64Array {
  const at = (i: number, step: number): number => {
    const moved = x.slice();
    moved[i] = x[i]! + step;
    return f(moved);
  };
  return x.map((_, i) => (at(i, h) - at(i, -h)) / (2 * h));
}

/** Largest |a − b|, relative to the largest |b|. */
export function relativeDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const largest = (v: ArrayLike<number>) => Array.from(v).reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  return largest(Array.from(a, (v, i) => v - b[i]!)) / largest(b);
}
