/** `--assert-no-alloc`: every selected cell has to allocate nothing, and a cell that nobody read has not shown that. */
import type { ZooRecord } from '../harness/record.ts';
import { byteSize } from '../reports/format.ts';
import { groupBy } from '../reports/rows.ts';

/**
 * Bytes a call that a reading may be off: one. V8's smallest object in Node has 16 bytes, so that a call in fifteen that
 * allocates one is found.
 */
export const NO_ALLOC_SLACK = 1;

export interface NoAllocVerdict {
  /** One for each cell that allocates or could not be read. */
  readonly lines: readonly string[];
  /** 1 a cell allocates · 3 a cell could not be read · 0 */
  readonly exitCode: 0 | 1 | 3;
}

/** Judges each cell by the process that allocated most. */
export function judgeNoAlloc(records: readonly ZooRecord[]): NoAllocVerdict {
  const allocates: string[] = [];
  const unread: string[] = [];
  for (const group of groupBy(records, ({ id, host }) => `${host.runtime} ${id}`).values()) {
    const { id } = group[0]!;
    const heap = most(group, 'heapBytesPerOp');
    const external = most(group, 'externalBytesPerOp');
    // With several processes only the first counts bytes.
    const counted = group.filter(({ status, memory }) => status !== 'ok' || memory);
    const vague = (counted.length > 0 ? counted : group).find((record) => why(record) !== undefined);
    if (Math.max(heap, external) > NO_ALLOC_SLACK) {
      allocates.push(`${id} allocates ${bytes(heap)} on the heap and ${bytes(external)} outside, a call`);
    } else if (vague) {
      unread.push(`${id}: allocation unknown: ${why(vague)}`);
    }
  }
  return { lines: [...allocates, ...unread], exitCode: allocates.length > 0 ? 1 : unread.length > 0 ? 3 : 0 };
}

/** Why a record does not show that nothing is allocated, or undefined where it does. */
function why({ status, reason, memory }: ZooRecord): string | undefined {
  if (status !== 'ok') return `${status}, ${reason ?? 'no reason recorded'}`;
  if (!memory) return 'not measured';
  if (memory.heapBytesPerOp === undefined || memory.externalBytesPerOp === undefined || memory.unsettled) {
    return memory.method;
  }
  return undefined;
}

function most(group: readonly ZooRecord[], key: 'heapBytesPerOp' | 'externalBytesPerOp'): number {
  return Math.max(0, ...group.map(({ memory }) => memory?.[key] ?? 0));
}

/** Whole bytes, as objects are; fractions of one only where that is all. */
function bytes(value: number): string {
  return byteSize(value >= 10 ? Math.round(value) : Number(value.toFixed(1)));
}
