/** x(27 + x²) / (27 + 9x²), ±1 beyond ±3: the Padé approximant of tanh that `tanh/pade` shows. */
export function pade(v: number): number {
  return v > 3 ? 1 : v < -3 ? -1 : (v * (27 + v * v)) / (27 + 9 * v * v);
}

/** d/dv v(27 + v²) / (27 + 9v²) = ((9 − v²) / (9 + 3v²))², which is 0 at ±3; 0 beyond. */
export function padeDerivative(v: number): number {
  if (Math.abs(v) > 3) return 0;
  const root = (9 - v * v) / (9 + 3 * v * v);
  return root * root;
}
