/** The cells that a gate judges, and why one of them cannot pass whatever is stated about it. */
import { fromMeasure, type ZooRecord } from '../harness/record.ts';
import { mergeReplicates } from '../harness/stats/replicates.ts';
import { errorText } from '../reports/format.ts';

/** From worst to mildest; the first five mean that the commit made something worse, or hid it. */
export const KINDS = ['wrong', 'inaccurate', 'slower', 'bytes', 'missing', 'failed', 'inconclusive'] as const;

export interface Finding {
  readonly kind: (typeof KINDS)[number];
  /** One line that names the cell. */
  readonly text: string;
  /** How far beyond its limit, to order findings of a kind. */
  readonly by?: number;
}

/** The merged records by runtime and name, and which of them are wrong. */
export class Cells {
  #merged = new Map<string, ZooRecord>();
  #wrong = new Map<string, Finding>();

  constructor(records: readonly ZooRecord[]) {
    for (const record of mergeReplicates(records))
      this.#merged.set(key(record.host.runtime, record.id), record);
    // Each process by itself: one that is wrong among five is as bad as five.
    for (const record of records) {
      const at = key(record.host.runtime, record.id);
      if (isWrong(record) && !this.#wrong.has(at)) this.#wrong.set(at, wrongFinding(record));
    }
  }

  get size(): number {
    return this.#merged.size;
  }

  get(runtime: string, id: string): ZooRecord | undefined {
    return this.#merged.get(key(runtime, id));
  }

  isWrong(runtime: string, id: string): boolean {
    return this.#wrong.has(key(runtime, id));
  }

  /** Wrong, unchecked and failed cells, whether or not anything is stated about them. */
  bad(): Finding[] {
    const rest = [...this.#merged.values()].filter((record) => !this.isWrong(record.host.runtime, record.id));
    const failed = rest.filter(({ status }) => status === 'failed');
    const unchecked = rest.filter(({ status, error }) => status === 'ok' && !error);
    return [...this.#wrong.values(), ...failed.map(failedFinding), ...unchecked.map(uncheckedFinding)];
  }
}

function key(runtime: string, id: string): string {
  return `${runtime} ${id}`;
}

/** A record that says so, or one that calls itself ok with an error that is not within its tolerance. */
function isWrong({ status, error }: ZooRecord): boolean {
  return status === 'wrong' || (status === 'ok' && isInaccurate(error));
}

function isInaccurate(error: ZooRecord['error']): boolean {
  // !(… <= …), so that NaN is wrong.
  return (
    !!error &&
    ![error.value, error.coldValue].every((value) => fromMeasure(value) <= fromMeasure(error.tolerance))
  );
}

function wrongFinding(record: ZooRecord): Finding {
  const { error, reason } = record;
  // What was caught cheating has an output within its tolerance.
  const why =
    error && (isInaccurate(error) || !reason)
      ? `${error.metric} error ${errorText(error.value)} (first call ${errorText(error.coldValue)}), tolerance ${errorText(error.tolerance)}; ${error.where}`
      : (reason ?? 'no reason given');
  return { kind: 'wrong', text: `${nameOf(record)} is wrong: ${why}` };
}

function uncheckedFinding(record: ZooRecord): Finding {
  return { kind: 'missing', text: `${nameOf(record)} calls itself ok but was never checked for accuracy` };
}

function failedFinding(record: ZooRecord): Finding {
  return { kind: 'failed', text: `${nameOf(record)} failed: ${record.reason ?? 'no reason given'}` };
}

/** Why a cell that something is stated about cannot be judged. */
export function obstacle(
  cells: Cells,
  runtime: string,
  id: string,
  part: 'time' | 'memory' | 'error',
  stated: string,
): Finding | undefined {
  const record = cells.get(runtime, id);
  if (!record)
    return { kind: 'missing', text: `${id} was not measured on ${runtime}; needed for: ${stated}` };
  const { status, reason = 'no reason given' } = record;
  if (status === 'failed') return failedFinding(record);
  if (status === 'unsupported') {
    return {
      kind: 'inconclusive',
      text: `${nameOf(record)} is unsupported here (${reason}); needed for: ${stated}`,
    };
  }
  if (!record[part])
    return { kind: 'missing', text: `${nameOf(record)} has no ${part} in its record; needed for: ${stated}` };
  return undefined;
}

export function nameOf({ id, host }: ZooRecord): string {
  return host.runtime === 'node' ? id : `${id} on ${host.runtime}`;
}
