/** The rate that says most about a case. */
import type { ZooRecord } from './record.ts';

export interface RateUnit {
  readonly key: keyof NonNullable<ZooRecord['rate']>;
  readonly unit: string;
}

/** What counts the work of a pipeline says more than its arithmetic. */
const PIPELINE: readonly RateUnit[] = [
  { key: 'tokensPerSecond', unit: 'tok/s' },
  { key: 'bytesPerSecond', unit: 'B/s' },
  { key: 'stepsPerSecond', unit: 'step/s' },
];
const COMPUTE: RateUnit = { key: 'gflops', unit: 'GFLOP/s' };
const MEMORY: RateUnit = { key: 'gbps', unit: 'GB/s' };

/**
 * One unit for all variants of a case, so that they can be compared: that of the bound that most of them meet; none
 * where nothing was counted.
 */
export function rateUnit(cells: readonly Pick<ZooRecord, 'rate' | 'roofline'>[]): RateUnit | undefined {
  const has = ({ key }: RateUnit) => cells.some((cell) => cell.rate?.[key] !== undefined);
  const bound = (name: string) => cells.filter((cell) => cell.roofline?.bound === name).length;
  const counted = PIPELINE.find(has);
  if (counted) return counted;
  if (has(MEMORY) && (bound('memory') > bound('compute') || !has(COMPUTE))) return MEMORY;
  return has(COMPUTE) ? COMPUTE : undefined;
}
