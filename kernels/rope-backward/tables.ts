import { ropeTable } from '../rope/tables.ts';

/** The table of `rope` that turns back: cosines as they are, sines negated, `[T, D/2, 2]`. */
export function ropeBackwardTable(T: number, D: number, offset: number): Float64Array {
  return ropeTable(T, D, offset).map((v, i) => (i % 2 === 0 ? v : -v));
}
