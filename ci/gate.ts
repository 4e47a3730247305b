/** The gate: from records, budgets and a baseline to the reasons why a commit must not pass. Pure; `zoo gate` prints them. */

import { rateUnit } from '../harness/rate.ts';
import type { ZooRecord } from '../harness/record.ts';
import { timeRatio } from '../harness/stats/difference.ts';
import { digits } from '../reports/format.ts';
import { type Baseline, BYTES_SLACK, type Bytes, engineOf, runtimeOf, wholeBytes } from './baseline.ts';
import { type Budgets, cellOf, cellsOf, type RatioBudget } from './budgets.ts';
import { Cells, type Finding, KINDS, obstacle } from './judged-cells.ts';
import { checkLimit } from './limits.ts';

export interface Judgement {
  /** Worst first. */
  readonly findings: readonly Finding[];
  /** Worth a look, no reason to fail. */
  readonly notes: readonly string[];
  /** What was checked. */
  readonly cells: number;
  readonly ratios: number;
  readonly limits: number;
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
  const limits = budgets.limits.filter((limit) => selects(cellOf(limit), limit.runtime));
  const stored = Object.entries(baseline.cells).filter(([id]) => selects(id, engineOf(baseline.runtime)));
  const findings = [
    ...cells.bad(),
    ...ratios.flatMap((budget) => checkRatio(budget, cells)),
    ...limits.flatMap((limit) => checkLimit(limit, cells)),
    ...stored.flatMap(([id, bytes]) => checkBytes(id, bytes, baseline.runtime, cells)),
  ];
  // Several budgets may stand on one cell that failed: one reason.
  const distinct = [...new Map(findings.map((finding) => [finding.text, finding])).values()];
  distinct.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || (b.by ?? 0) - (a.by ?? 0));

  const leftOut = [
    count(budgets.ratios.length + budgets.limits.length - ratios.length - limits.length, 'budget'),
    count(Object.keys(baseline.cells).length - stored.length, 'baseline'),
  ].filter((text) => !text.startsWith('0 '));
  return {
    findings: distinct,
    notes: [
      ...(leftOut.length > 0 ? [`left out by the selection: ${leftOut.join(', ')}`] : []),
      ...stored.flatMap(([id, bytes]) => improvement(id, bytes, baseline.runtime, cells)),
    ],
    cells: cells.size,
    ratios: ratios.length,
    limits: limits.length,
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
export function closingLine({ findings, cells, ratios, limits, baselines }: Judgement): string {
  if (findings.length > 0) return `gate: ${count(findings.length, 'reason')}`;
  const checked = [
    ...[count(cells, 'cell'), count(ratios, 'ratio'), count(limits, 'limit')],
    count(baselines, 'baseline'),
  ];
  return `gate: passed: ${checked.join(', ')} checked`;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
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
  const [faster, than] = [ids.faster, ids.than].map((id) => cells.get(budget.runtime, id)!);
  const speed = timeRatio(faster!.time!, than!.time!);
  const interval = `95 % interval ${times(speed.low)} to ${times(speed.high)}`;
  const measured = `measured ${times(speed.ratio)}, ${interval}${ratesOf(faster!, than!)}`;
  if (speed.low >= budget.atLeast) return [];
  if (speed.high < budget.atLeast) {
    const by = budget.atLeast / speed.ratio;
    return [{ kind: 'slower', by, text: `budget not met: ${stated}: ${measured}; ${budget.why}` }];
  }
  const text = `budget undecided: ${stated}: ${measured}; more --processes narrow it`;
  return [{ kind: 'inconclusive', text }];
}

/** What a ratio of pipelines is of: ` (41.2 against 66.3 tok/s of wllama 2.3.0)`. */
function ratesOf(faster: ZooRecord, than: ZooRecord): string {
  const unit = rateUnit([faster, than]);
  const [own, other] = [faster, than].map(({ rate }) => (unit ? rate?.[unit.key] : undefined));
  if (unit === undefined || own === undefined || other === undefined) return '';
  const peer = than.host.peer ? ` of ${than.host.peer}` : '';
  return ` (${digits(own)} against ${digits(other)} ${unit.unit}${peer})`;
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

function times(ratio: number): string {
  return `${ratio.toPrecision(3)}×`;
}
