/** What is stated about one cell by itself: that it allocates no more, errs no more and is collected no more often than so. */
import { fromMeasure, type ZooRecord } from '../harness/record.ts';
import { digits, errorText } from '../reports/format.ts';
import { BYTES_SLACK, wholeBytes } from './baseline.ts';
import { cellOf, LIMIT_NAMES, type LimitBudget, type LimitName } from './budgets.ts';
import { type Cells, type Finding, nameOf, obstacle } from './judged-cells.ts';

export function checkLimit(budget: LimitBudget, cells: Cells): Finding[] {
  const id = cellOf(budget);
  // A wrong cell is a reason of its own, and what it allocates is worth nothing.
  if (cells.isWrong(budget.runtime, id)) return [];
  const stated = LIMIT_NAMES.filter((name) => budget[name] !== undefined);
  const blocked = obstacle(cells, budget.runtime, id, 'error', `its ${stated.join(', ')}`);
  if (blocked) return [blocked];
  const record = cells.get(budget.runtime, id)!;
  return stated.flatMap((name) => check(name, budget[name]!, record, budget.why));
}

function check(name: LimitName, limit: number, record: ZooRecord, why: string): Finding[] {
  const reading = READINGS[name](record);
  const cell = nameOf(record);
  if (typeof reading === 'string')
    return [{ kind: 'missing', text: `${cell} has no ${reading} in its record, and ${name} is limited` }];
  const { value, slack = 0, says } = reading;
  // !(… <= …), so that NaN fails.
  if (value <= limit + slack) return [];
  const isMemory = name !== 'error';
  const bound = `${name} is limited to ${digits(limit)}${slack > 0 ? ` (${digits(slack)} more pass)` : ''}`;
  const text = `${cell}: ${says}; ${bound}`;
  // Where one process was read thrice and its readings did not agree, they say nothing.
  if (isMemory && record.memory?.unsettled)
    return [{ kind: 'inconclusive', text: `${text}; its readings did not agree` }];
  return [{ kind: isMemory ? 'bytes' : 'inaccurate', by: value - limit, text: `${text}; ${why}` }];
}

interface Reading {
  readonly value: number;
  /** That it may lie above the limit, for what a reading is uncertain by. */
  readonly slack?: number;
  readonly says: string;
}

/** What a record says of each limit, or what it lacks. */
const READINGS: Readonly<Record<LimitName, (record: ZooRecord) => Reading | string>> = {
  bytesPerCall(record) {
    const bytes = bytesOf(record);
    if (bytes === undefined) return 'bytes a call';
    return { value: bytes, slack: BYTES_SLACK, says: `a call allocates ${wholeBytes(bytes)} bytes` };
  },
  bytesPerToken(record) {
    const bytes = bytesOf(record);
    if (bytes === undefined) return 'bytes a call';
    if (!record.tokens) return 'tokens';
    const { perCall } = record.tokens;
    const says = `a token allocates ${digits(Math.max(0, bytes) / perCall)} bytes`;
    return { value: bytes / perCall, slack: BYTES_SLACK / perCall, says };
  },
  error({ error }) {
    if (!error) return 'error';
    const { value, coldValue, metric, where } = error;
    const says = `${metric} error ${errorText(value)} (first call ${errorText(coldValue)}); ${where}`;
    return { value: Math.max(fromMeasure(value), fromMeasure(coldValue)), says };
  },
  collections({ memory }) {
    if (memory?.gcMinor === undefined || memory.gcMajor === undefined) return 'collections';
    const { gcMinor, gcMajor } = memory;
    const says = `${digits(gcMinor)} minor and ${digits(gcMajor)} major collections within 1000 calls`;
    return { value: gcMinor + gcMajor, says };
  },
  gcMs({ memory }) {
    if (memory?.gcMs === undefined) return 'collections';
    return { value: memory.gcMs, says: `${digits(memory.gcMs)} ms of collection within 1000 calls` };
  },
};

function bytesOf({ memory }: ZooRecord): number | undefined {
  if (memory?.heapBytesPerOp === undefined) return undefined;
  return memory.heapBytesPerOp + (memory.externalBytesPerOp ?? 0);
}
