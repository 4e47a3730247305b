/**
 * `[rows, columns]` to `[columns, total]`, of which these are the columns from `first` on, in squares that stay in cache. By default all of
 * them.
 */
export function transpose(
  from: Float32Array,
  to: Float32Array,
  rows: number,
  columns: number,
  first = 0,
  total = rows,
): void {
  const SIDE = 32;
  for (let r0 = 0; r0 < rows; r0 += SIDE) {
    for (let c0 = 0; c0 < columns; c0 += SIDE) {
      const [r1, c1] = [Math.min(rows, r0 + SIDE), Math.min(columns, c0 + SIDE)];
      for (let c = c0; c < c1; c++)
        for (let r = r0; r < r1; r++) to[c * total + first + r] = from[r * columns + c]!;
    }
  }
}
