/** JSON has no NaN and Infinity: an error that is not finite is written as its name. */

/** A number for JSON. */
export function toMeasure(value: number): number | 'NaN' | 'Infinity' {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'NaN' : 'Infinity';
}

/** The number back. */
export function fromMeasure(value: number | 'NaN' | 'Infinity'): number {
  return Number(value);
}
