/** The gate: from records, budgets and a baseline to the reasons why a commit must not pass. Pure; `zoo gate` prints them. */
import { fromMeasure, type ZooRecord } from '../harness/record.ts';
import { timeRatio } from '../harness/stats/difference.ts';
import { mergeReplicates } from '../harness/stats/replicates.ts';
import { errorText } from '../reports/format.ts';
import {
  type Baseline,
  type Budgets,
  BYTES_SLACK,
  type Bytes,
  cellsOf,
  engineOf,
  type RatioBudget,
  runtimeOf,
  wholeBytes,
} from './budgets.ts';

/** From worst to mildest; the first four mean that the commit made something worse, or hid it. */
const KINDS = ['wrong', 'slower', 'bytes', 'missing', 'failed', 'inconclusive'] as const;

export interface Finding {
  readonly kind: (typeof KINDS)[number];
  /** One line that names the cell. */
  readonly text: string;
  /** How far beyond its limit, to order findings of a kind. */
  readonly by?: number;
}

export interface Judgement {
  /** Worst first. */
  readonly findings: readonly Finding[];
  /** Worth a look, no reason to fail. */
  readonly notes: readonly string[];
  /** What was checked. */
  readonly cells: number;
  readonly ratios: number;
  readonly baselines: number;
  readonly exitCode: 0 | 1 | 3 | 4;
}

/**
 * @param records raw, one for each cell and process
 * @param selects is this cell part of what was asked for? Budgets and baselines of others are left out; default: all are
 */
export function judge(
  records: readonly ZooRecord[],
  budgets: Budgets,
  baseline: Baseline,
  selects: (id: string, runtime: string) => boolean = () => true,
): Judgement {
  const cells = new Cells(records);
  const ratios = budgets.ratios.filter((budget) =>
    Object.values(cellsOf(budget)).every((id) => selects(id, budget.runtime)),
  );
  const stored = Object.entries(baseline.cells).filter(([id]) => selects(id, engineOf(baseline.runtime)));
  const findings = [
    ...cells.bad(),
    ...ratios.flatMap((budget) => checkRatio(budget, cells)),
    ...stored.flatMap(([id, limits]) => checkBytes(id, limits, baseline.runtime, cells)),
  ];
  // Several budgets may stand on one cell that failed: one reason.
  const distinct = [...new Map(findings.map((finding) => [finding.text, finding])).values()];
  distinct.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || (b.by ?? 0) - (a.by ?? 0));

  const leftOut = [
    count(budgets.ratios.length - ratios.length, 'budget'),
    count(Object.keys(baseline.cells).length - stored.length, 'baseline'),
  ].filter((text) => !text.startsWith('0 '));
  return {
    findings: distinct,
    notes: [
      ...(leftOut.length > 0 ? [`left out by the selection: ${leftOut.join(', ')}`] : []),
      ...stored.flatMap(([id, limits]) => improvement(id, limits, baseline.runtime, cells)),
    ],
    cells: cells.size,
    ratios: ratios.length,
    baselines: stored.length,
    exitCode: exitCodeOf(distinct[0]?.kind),
  };
}

function exitCodeOf(worst: Finding['kind'] | undefined): Judgement['exitCode'] {
  if (worst === undefined) return 0;
  if (worst === 'failed') return 4;
  return worst === 'inconclusive' ? 3 : 1;
}

/** The last line of `zoo gate`. */
export function closingLine({ findings, cells, ratios, baselines }: Judgement): string {
  if (findings.length > 0) return `gate: ${count(findings.length, 'reason')}`;
  return `gate: passed: ${count(cells, 'cell')}, ${count(ratios, 'ratio')}, ${count(baselines, 'baseline')} checked`;
}

/** The merged records by runtime and name, and which of them are wrong. */
class Cells {
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
  if (status === 'wrong') return true;
  if (status !== 'ok' || !error) return false;
  // !(… <= …), so that NaN is wrong.
  return ![error.value, error.coldValue].every((value) => fromMeasure(value) <= fromMeasure(error.tolerance));
}

function wrongFinding(record: ZooRecord): Finding {
  const { error, reason } = record;
  const why = error
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

/** Where the interval lies decides: above the bound it holds, below it fails, around it nothing is known. */
function checkRatio(budget: RatioBudget, cells: Cells): Finding[] {
  const ids = cellsOf(budget);
  const stated = `${budget.faster} at least ${budget.atLeast}× as fast as ${budget.than} on ${budget.case}`;
  // A wrong cell is a reason of its own, and its time is worth nothing.
  if (Object.values(ids).some((id) => cells.isWrong(budget.runtime, id))) return [];
  const obstacles = Object.values(ids).flatMap(
    (id) => obstacle(cells, budget.runtime, id, 'time', stated) ?? [],
  );
  if (obstacles.length > 0) return obstacles;
  const [faster, than] = [ids.faster, ids.than].map((id) => cells.get(budget.runtime, id)!.time!);
  const speed = timeRatio(faster!, than!);
  const measured = `measured ${times(speed.ratio)}, 95 % interval ${times(speed.low)} to ${times(speed.high)}`;
  if (speed.low >= budget.atLeast) return [];
  if (speed.high < budget.atLeast) {
    const by = budget.atLeast / speed.ratio;
    return [{ kind: 'slower', by, text: `budget not met: ${stated}: ${measured}; ${budget.why}` }];
  }
  const text = `budget undecided: ${stated}: ${measured}; more --processes narrow it`;
  return [{ kind: 'inconclusive', text }];
}

const PLACES = [
  ['heapBytesPerOp', 'on the heap'],
  ['externalBytesPerOp', 'outside the heap'],
] as const;

function checkBytes(id: string, limits: Bytes, runtime: string, cells: Cells): Finding[] {
  const engine = engineOf(runtime);
  if (cells.isWrong(engine, id)) return [];
  const blocked = obstacle(cells, engine, id, 'memory', 'the baseline of its bytes a call');
  if (blocked) return [blocked];
  const record = cells.get(engine, id)!;
  if (runtimeOf(record) !== runtime) {
    const text = `${id}: its bytes a call are stored for ${runtime}, the record is of ${runtimeOf(record)}`;
    return [{ kind: 'inconclusive', text }];
  }
  return PLACES.flatMap(([measure, place]): Finding[] => {
    const limit = limits[measure];
    const now = record.memory?.[measure];
    if (limit === undefined) return [];
    if (now === undefined) {
      const text = `${id}: no bytes ${place} were measured, the baseline has ${limit}`;
      return [{ kind: 'missing', text }];
    }
    // !(… <= …), so that NaN fails.
    if (now <= limit + BYTES_SLACK) return [];
    const text = `${id} allocates ${wholeBytes(now)} bytes ${place} a call, the baseline is ${limit} (${BYTES_SLACK} more pass)`;
    return [{ kind: 'bytes', by: now - limit, text }];
  });
}

function improvement(id: string, limits: Bytes, runtime: string, cells: Cells): string[] {
  const record = cells.get(engineOf(runtime), id);
  if (!record || runtimeOf(record) !== runtime || record.status !== 'ok') return [];
  return PLACES.flatMap(([measure, place]) => {
    const now = record.memory?.[measure];
    const limit = limits[measure];
    if (now === undefined || limit === undefined || wholeBytes(now) >= limit - BYTES_SLACK) return [];
    return [`${id} allocates ${wholeBytes(now)} bytes ${place} a call, the baseline ${limit} can be lowered`];
  });
}

/** Why a cell that something is stated about cannot be judged. */
function obstacle(
  cells: Cells,
  runtime: string,
  id: string,
  part: 'time' | 'memory',
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

function nameOf({ id, host }: ZooRecord): string {
  return host.runtime === 'node' ? id : `${id} on ${host.runtime}`;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

function times(ratio: number): string {
  return `${ratio.toPrecision(3)}×`;
}
