/** Counts out of many, and what they say of the share behind them. */

export interface Share {
  readonly hits: number;
  readonly of: number;
}

/**
 * The 95 % interval of a share (Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", 1927): also of none or
 * all, where the customary one has no width. 0 to 1 where nothing was counted.
 */
export function shareInterval({ hits, of }: Share): { low: number; high: number } {
  if (of === 0) return { low: 0, high: 1 };
  const z = 1.959964;
  const p = hits / of;
  const scale = 1 + z ** 2 / of;
  const centre = (p + z ** 2 / (2 * of)) / scale;
  const half = (z / scale) * Math.sqrt((p * (1 - p)) / of + z ** 2 / (4 * of ** 2));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
