/**
 * What a change of a pipeline's time is made of: the functions underneath, by CPU profiles of both sides that were taken in pairs
 * (paired-profiles.ts). How long a token takes is known from the pairs that were timed; profiles say its parts, of which only the share
 * is believed: a process that ran at another clock, or behind a neighbour, had all of its functions slow. Pure.
 */
import { studentQuantile } from '../harness/stats/student.ts';
import { digits } from '../reports/format.ts';

/** Time in each function itself, in any unit, by a name that is the same on both sides. */
export type Times = ReadonlyMap<string, number>;

/** What was timed. */
export interface Change {
  /** Microseconds of one token (or call) of the base. */
  readonly baseUs: number;
  /** The candidate's time ÷ the base's, with its interval. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

export interface Part {
  /** Function, and the file that it is in, where that is one of the tree. */
  readonly name: string;
  readonly file?: string;
  /** The two sides differ in that file. */
  readonly isChanged: boolean;
  /** Microseconds of the candidate less those of the base, and half of the 95 % interval. */
  readonly us: number;
  readonly halfUs: number;
}

export interface Explained {
  readonly pairs: number;
  /** What the microseconds are of. */
  readonly unit: 'token' | 'call';
  readonly us: number;
  readonly halfUs: number;
  /** Those whose interval leaves 0 out, largest first; what is left of `us` is in functions that changed less. */
  readonly parts: readonly Part[];
}

/** Functions that are named, and the share of the whole change below which one is not worth it. */
const MOST_PARTS = 5;
const LEAST_SHARE = 0.05;

/** @param known what the name of a function stands for */
export function explain(
  pairs: readonly { readonly base: Times; readonly candidate: Times }[],
  { baseUs, ratio, low, high }: Change,
  unit: Explained['unit'],
  known: (name: string) => Pick<Part, 'name' | 'file' | 'isChanged'>,
): Explained {
  const us = baseUs * (ratio - 1);
  const scaled = pairs.map(({ base, candidate }) => ({
    base: scaledTo(baseUs, base),
    candidate: scaledTo(baseUs * ratio, candidate),
  }));
  const names = new Set(scaled.flatMap(({ base, candidate }) => [...base.keys(), ...candidate.keys()]));
  const parts = [...names]
    .map((name) => ({
      ...known(name),
      ...changeOf(scaled.map(({ base, candidate }) => (candidate.get(name) ?? 0) - (base.get(name) ?? 0))),
    }))
    .filter((part) => Math.abs(part.us) > Math.max(part.halfUs, LEAST_SHARE * Math.abs(us)))
    .sort((a, b) => Math.abs(b.us) - Math.abs(a.us));
  const halfUs = baseUs * Math.max(high - ratio, ratio - low);
  return { pairs: pairs.length, unit, us, halfUs, parts: parts.slice(0, MOST_PARTS) };
}

/** The same shares of `us` in all. */
function scaledTo(us: number, times: Times): Map<string, number> {
  const sum = [...times.values()].reduce((a, b) => a + b, 0);
  return new Map([...times].map(([name, time]) => [name, (us * time) / sum]));
}

/** Mean and Student's interval of differences that were measured pair by pair. */
function changeOf(differences: readonly number[]): { us: number; halfUs: number } {
  const n = differences.length;
  const us = differences.reduce((a, b) => a + b, 0) / n;
  const variance = differences.reduce((a, b) => a + (b - us) ** 2, 0) / (n - 1);
  return { us, halfUs: n > 1 ? studentQuantile(0.05, n - 1) * Math.sqrt(variance / n) : Infinity };
}

/**
 * `−7.4 % tok/s, +8.3 ± 0.5 µs a token; by 5 pairs of CPU profiles: matvecQ8_0 +8.1 ± 0.4 (kernels/lib/qmatvec.as.ts, changed); all else +0.2`
 * @param ratio the candidate's time ÷ the base's, of the pairs that the verdict stands on
 */
export function explanation(
  { pairs, unit, us, halfUs, parts }: Explained,
  ratio: number | undefined,
): string {
  const rate = unit === 'token' && ratio !== undefined ? `${signed(100 * (1 / ratio - 1))} % tok/s, ` : '';
  const whole = `${rate}${signed(us)} ± ${digits(halfUs, 2)} µs a ${unit}; by ${pairs} pairs of CPU profiles`;
  if (parts.length === 0) return `${whole}: spread over many functions, none of which stands out`;
  const named = parts.map((part) => {
    const where = [part.file, part.isChanged ? 'changed' : undefined].filter((text) => text !== undefined);
    const place = where.length > 0 ? ` (${where.join(', ')})` : '';
    return `${part.name} ${signed(part.us)} ± ${digits(part.halfUs, 2)}${place}`;
  });
  const rest = us - parts.reduce((total, part) => total + part.us, 0);
  return `${whole}: ${named.join(', ')}; all else ${signed(rest)}`;
}

function signed(x: number): string {
  return `${x < 0 ? '−' : '+'}${digits(Math.abs(x), 2)}`;
}
