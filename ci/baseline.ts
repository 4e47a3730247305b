/** Bytes a call as they were: what --update-baseline writes, and the gate holds later commits to. */
import { z } from 'zod';
import type { ZooRecord } from '../harness/record.ts';
import { median } from '../harness/stats/median.ts';
import { groupBy } from '../reports/rows.ts';
import { readJson } from './budgets.ts';

const bytesSchema = z.strictObject({
  heapBytesPerOp: z.number().optional(),
  externalBytesPerOp: z.number().optional(),
});
export type Bytes = z.infer<typeof bytesSchema>;

const baselineSchema = z.strictObject({
  /** Engine and major version that allocated so: `node 24`. */
  runtime: z.string().regex(/^\S+ \d+$/, 'must be an engine and its major version, such as "node 24"'),
  /** By cell name. */
  cells: z.record(
    z.string().regex(/^[^/@\s]+\/[^/@\s]+@\S+$/, 'must be "subject/variant@case"'),
    bytesSchema,
  ),
});
export type Baseline = z.infer<typeof baselineSchema>;

/** @throws UsageError naming the file and the path in it */
export function readBaseline(file: string): Baseline {
  return readJson(file, baselineSchema, 'baseline');
}

/**
 * Bytes a call that a reading may lie above its baseline. A heap reading is a difference over many calls and comes out a
 * byte beside the truth; the smallest object that V8 allocates in Node has 16 bytes (a map and one field of 8 bytes each),
 * so that one new object a call is never within the slack.
 */
export const BYTES_SLACK = 8;

/** Fewer processes cannot tell what a call allocates from what the engine happened to do meanwhile. */
const ENOUGH_READINGS = 3;

/**
 * The baseline that these records give: every ok cell of `runtime` whose bytes were read in three processes or more that
 * agree within {@link BYTES_SLACK}. The others (a library function that is boxed in some tiers, a pool of workers) have no
 * number that a gate could hold them to.
 * @param kept cells to keep where no record replaces them
 * @returns the baseline, and the cells left out
 */
export function baselineOf(
  records: readonly ZooRecord[],
  runtime: string,
  kept: Baseline['cells'] = {},
): { baseline: Baseline; unsteady: string[] } {
  const cells = { ...kept };
  const unsteady: string[] = [];
  for (const [id, group] of groupBy(records, (record) => record.id)) {
    const readings = group.filter((record) => runtimeOf(record) === runtime && record.memory);
    if (readings.length === 0 || group.some(({ status }) => status !== 'ok')) continue;
    const entry: Bytes = {};
    let steady = readings.length >= ENOUGH_READINGS;
    for (const measure of ['heapBytesPerOp', 'externalBytesPerOp'] as const) {
      const values = readings.flatMap(({ memory }) => memory?.[measure] ?? []);
      if (values.length === 0) continue;
      if (Math.max(...values) - Math.min(...values) > BYTES_SLACK) steady = false;
      entry[measure] = wholeBytes(median(values));
    }
    delete cells[id];
    if (!steady) unsteady.push(id);
    else if (Object.keys(entry).length > 0) cells[id] = entry;
  }
  // By code units, not the locale: the same file on every machine.
  const ascending = Object.entries(cells).sort(([a], [b]) => (a < b ? -1 : 1));
  return { baseline: { runtime, cells: Object.fromEntries(ascending) }, unsteady };
}

/** One line a cell, so that a changed cell is a changed line. */
export function baselineText({ runtime, cells }: Baseline): string {
  const lines = Object.entries(cells).map(([id, entry]) => {
    const pairs = Object.entries(entry).map(([measure, value]) => `"${measure}": ${value}`);
    return `    ${JSON.stringify(id)}: { ${pairs.join(', ')} }`;
  });
  const body = lines.length > 0 ? `{\n${lines.join(',\n')}\n  }` : '{}';
  return `{\n  "runtime": ${JSON.stringify(runtime)},\n  "cells": ${body}\n}\n`;
}

/** `node 24`: what a call allocates is a property of an engine's major version. */
export function runtimeOf({ host }: ZooRecord): string {
  return `${host.runtime} ${host.version.replace(/^v/, '').split('.')[0]}`;
}

/** `node` of `node 24`. */
export function engineOf(runtime: string): string {
  return runtime.split(' ')[0]!;
}

/** Never −0 and never negative, which only the noise of a reading can be. */
export function wholeBytes(bytes: number): number {
  return Math.max(0, Math.round(bytes));
}
