/** What the runner and a process (later: a page) that measures say to each other. */
import type { Budget } from '../suites/suite.ts';
import type { UserFiles } from './catalogue.ts';
import type { Collections } from './memory/collections.ts';
import type { Cell, Group } from './plan.ts';
import type { HostInfo, Status, ZooRecord } from './record.ts';
import type { PeakSet, Resource } from './roofline/peaks.ts';
import type { Engine } from './timing/sample.ts';

/** Version of the record; a number of its own, so that pages can say it without what reads files. */
export const SCHEMA = 1;

/** How a page ends whose engine crashed. */
export const CRASHED = 'crashed';
/** How a page ends whose browser went away under it. */
export const BROWSER_GONE = 'ended with its browser';

export type ToCell =
  | { kind: 'probe'; resources: readonly Resource[]; threads?: number }
  | { kind: 'measure'; job: Job }
  /** Collections of the group's one cell. */
  | { kind: 'collect'; job: Job; callNs: number };

export interface Job {
  readonly group: Group;
  readonly budget: Budget;
  readonly engine: Engine;
  readonly files: UserFiles;
  readonly seed: string;
  readonly threads?: number;
  readonly peaks: PeakSet;
  /** Check every case of the kernel, not only those that are timed, and whether the timed calls do the work. */
  readonly checkAll: boolean;
  /** Bytes a call; a pass of its own. */
  readonly memory: boolean;
  /** Samples are taken in turns with another process: a process asks for each. */
  readonly turns?: boolean;
}

/** To a process that asked for its turn. */
export interface Go {
  readonly kind: 'go';
}

export type FromCell =
  | { kind: 'probed'; host: HostInfo; peaks: PeakSet }
  /** A step that has the cell's time limit for itself starts; `cell` is an index into the group. */
  | { kind: 'step'; cell: number; step: string }
  /** `suspected`: accused by times, rates or memory, which a busy machine may spoil. */
  | { kind: 'result'; cell: number; result: CellResult; suspected?: boolean }
  | { kind: 'collected'; collections: Collections }
  /** Ends its turn, and waits until it is told to go on. */
  | { kind: 'turn' }
  | { kind: 'done' };

/** Of a process to its parent. */
export interface Link {
  send(message: FromCell): void;
  /** Where samples are taken in turns: settled when it is this process's turn again. */
  readonly turn?: () => Promise<void>;
}

/** The part of a record that only the measuring process knows. */
export type CellResult = { status: Status; host: HostInfo } & Pick<
  ZooRecord,
  'reason' | 'error' | 'time' | 'rate' | 'roofline' | 'tokens' | 'memory' | 'notes'
>;

/** What a record holds beside what its process knows. */
type Found = CellResult & Pick<ZooRecord, 'tier' | 'noisy'>;

/** Puts a record together at its end, in the runner or in a page that runs by itself. */
export function recordOf(suite: string, replicate: number, cell: Cell, found: Found): ZooRecord {
  const { id, subject, kind, variant, backend, case: name, from } = cell;
  const names = { id, subject, kind, variant, backend, case: name, from };
  return { schema: SCHEMA, ...names, suite, replicate, ...found, at: new Date().toISOString() };
}
