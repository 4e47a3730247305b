/** A record from what a measuring process found out about a cell, and what only the runner knows. */
import { execFileSync } from 'node:child_process';
import { disturbance } from './environment/noise.ts';
import type { Cell } from './plan.ts';
import { type CellResult, recordOf } from './protocol.ts';
import type { HostInfo, TierSummary, ZooRecord } from './record.ts';
import { resourceOf } from './roofline/peaks.ts';
import { IS_COMPILED, ROOT } from './root.ts';

/** Commit of the tree that is measured, and whether it differs from it. */
export interface Origin {
  readonly commit?: string;
  readonly dirty?: boolean;
}

export interface Made {
  readonly cell: Cell;
  readonly result: CellResult;
  readonly suite: string;
  readonly shard?: string | undefined;
  readonly replicate: number;
  /** As people chose it. */
  readonly runtime: string;
  /**
   * The host at the start of the run, whose clock is what later ones are held against; undefined for another machine: what this
   * one does meanwhile says nothing of it.
   */
  readonly start: HostInfo | undefined;
  readonly origin: Origin;
  readonly tier?: TierSummary | undefined;
}

export function makeRecord({
  cell,
  result,
  suite,
  shard,
  replicate,
  runtime,
  start,
  origin,
  tier,
}: Made): ZooRecord {
  const host = { ...result.host, runtime, ...origin };
  return recordOf(suite, replicate, cell, {
    ...result,
    ...(shard ? { shard } : {}),
    ...(result.status === 'ok' && tier ? { tier } : {}),
    ...(start ? disturbance(host, start, resourceOf(cell) === 'threads') : { host }),
  });
}

/** Of the zoo's own tree; where that is an installed package, of the project that it measures in. */
export function gitState(): Origin {
  const cwd = IS_COMPILED ? process.cwd() : ROOT;
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd, encoding: 'utf8', stdio: 'pipe' }).trim();
  try {
    return { commit: git('rev-parse', 'HEAD'), dirty: git('status', '--porcelain') !== '' };
  } catch {
    return {}; // no checkout
  }
}
